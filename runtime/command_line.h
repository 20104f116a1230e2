/* Arguments as the one text that Windows hands to a new process. Nothing here depends
 * on the system; all texts are UTF-8.
 *
 * Programs take the text apart as Microsoft's "Parsing C command-line arguments" says:
 * white space separates, a pair of quotes protects it, backslashes are ordinary but
 * before a quote, where 2N of them stand for N and the quote keeps its meaning, and
 * 2N+1 for N and the quote is one of the text. Arguments with wildcards are quoted as
 * well: some C libraries, MinGW's for one, expand those that are not.
 *
 * cmd.exe, which runs batch files, takes it apart in another way, twice: on its own
 * command line, and where the file passes it on (%*). What is quoted for programs only
 * may run a command there (CVE-2024-24576). Of its documented rules ("cmd", "Using
 * batch parameters", "set") these matter:
 * - %NAME% is replaced even within quotes, but not what replaces %*. A percent sign is
 *   therefore followed by %cd:~,%, which is replaced by nothing: no characters of the
 *   current folder's name.
 * - & | < > ^ ( ) have no meaning between quotes, of which every one opens or closes.
 *   A quote of the text is doubled and not preceded by a backslash, so that all else
 *   stays between quotes; C libraries since 2008, and what parses as they do, take a
 *   doubled quote within quotes for one of the text. Older ones, and
 *   CommandLineToArgvW(), end the quotes there: to them an argument with a quote and
 *   white space after it is several.
 * - /d leaves out AutoRun, /e:ON switches on what %cd:~,% needs, /v:OFF gives ! no
 *   meaning, and /s makes cmd.exe drop the first quote and the last and nothing else.
 * - The end of a line ends the command, and nothing stands for it. */
#ifndef KRT_COMMAND_LINE_H
#define KRT_COMMAND_LINE_H

#include <stdbool.h>

/* What cmd.exe takes at most, in characters of UTF-16, as its documentation says. */
enum { KRT_BATCH_LINE_MAX = 8191 };

/* The command line of a program, argv[0] being its name, which holds no quote; on the
 * heap, NULL when memory ran out. */
char *krt_command_line(char *const *argv);

/* The command line of cmd.exe that runs the batch file at `path` with the arguments
 * from argv[1] to a NULL, which krt_is_for_batch() has approved of; as above. */
char *krt_batch_line(const char *path, char *const *argv);

/* Whether a batch file can be given the text: not, if it is several lines. */
bool krt_is_for_batch(const char *text);

#endif
