/* conform [OPTION...] PATH TABLE...
 *
 * Plays the cases of the tables (table.h) against the server that listens on the socket
 * or pipe PATH. Exit: 0 all as expected · 1 not · 2 usage, or a table cannot be read.
 */
#include "play.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: conform [--patience MS] [--thin N] [--shown N] "
                            "[--only TEXT] [--trace] PATH TABLE...\n";

struct arguments {
    struct player_options player;
    const char *only; /* cases whose name has this; NULL for all */
    char **tables;
};

static bool read_arguments(struct arguments *arguments, char **argv)
{
    struct player_options *player = &arguments->player;
    *arguments = (struct arguments){
        .player = {.patience_ms = 20000, .thin = 1, .shown_max = 100},
    };
    for (argv++; *argv && strncmp(*argv, "--", 2) == 0; argv++) {
        if (strcmp(*argv, "--trace") == 0)
            player->traces = true;
        else if (strcmp(*argv, "--patience") == 0 && argv[1])
            player->patience_ms = atoi(*++argv);
        else if (strcmp(*argv, "--thin") == 0 && argv[1])
            player->thin = (size_t)atoi(*++argv);
        else if (strcmp(*argv, "--shown") == 0 && argv[1])
            player->shown_max = (size_t)atoi(*++argv);
        else if (strcmp(*argv, "--only") == 0 && argv[1])
            arguments->only = *++argv;
        else
            return false;
    }
    if (!*argv || !argv[1] || player->thin == 0)
        return false;
    player->path = *argv;
    arguments->tables = argv + 1;
    return true;
}

/* {etag PATH}: what stands in the server's own answer. A server without ETags gets one
 * that it cannot know. */
static bool resolve(void *context, const char *word, const char *argument,
                    struct bytes *bytes)
{
    if (strcmp(word, "etag") != 0)
        return false;
    if (!player_ask_field(context, argument, "ETag", bytes))
        bytes_append(bytes, "\"none\"", 6);
    return true;
}

static bool read_tables(struct table *table, char **files)
{
    bool is_fine = true;
    for (; *files; files++)
        is_fine &= table_read(table, *files);
    return is_fine;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    (void)argc;
    if (!read_arguments(&arguments, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    struct player *player = player_new(&arguments.player);
    struct table table = {.word = resolve, .word_context = player};
    if (!player || !read_tables(&table, arguments.tables))
        return 2;
    for (size_t i = 0; i < table.n_cases; i++)
        if (!arguments.only || strstr(table.cases[i].name, arguments.only))
            player_play(player, &table.cases[i]);
    bool is_fine = player_finish(player);
    player_free(player);
    table_free(&table);
    return is_fine ? 0 : 1;
}
