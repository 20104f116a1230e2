#ifndef NAMES_H
#define NAMES_H

const char *my_name(void);

#endif
