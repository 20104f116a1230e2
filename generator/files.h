/* Bodies that are files of this machine, and what a spec says of them. */
#ifndef KRGEN_FILES_H
#define KRGEN_FILES_H

#include "draft.h"

extern const struct type file_path;
extern const struct type folder_path;
extern const struct type index_type;
extern const struct type cache_type;
extern const struct type download_type;

/* Of a field, whose `out` is the struct draft. */
void read_file(struct reader *r, const struct pair *pair, void *out);
void read_dir(struct reader *r, const struct pair *pair, void *out);
void read_index(struct reader *r, const struct pair *pair, void *out);
void read_cache(struct reader *r, const struct pair *pair, void *out);
void read_etag(struct reader *r, const struct pair *pair, void *out);
void read_gzip(struct reader *r, const struct pair *pair, void *out);
void read_download(struct reader *r, const struct pair *pair, void *out);

/* Does what takes several keys, once all are read. */
void settle_files(struct reader *r, const struct draft *draft);

#endif
