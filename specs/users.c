/* The handlers of users.yaml: users that live as long as the server.
 *
 * Several threads of the server call handlers at a time, so what they share has a lock.
 * None of these functions waits for anything but that lock, which nobody holds for
 * long; a handler that waits for a disk or a network is marked `blocking: true`. */
#include "users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

enum {
    USERS_MAX = 1000,
    NAME_LEN = 80,                 /* bytes of a name */
    USER_JSON = 2 * NAME_LEN + 40, /* bytes of a user as JSON, at most */
};

struct user {
    int32_t id;
    size_t name_len;
    char name[NAME_LEN];
};

/* What krt_server_data() gives. */
struct store {
#ifdef _WIN32
    SRWLOCK lock;
#else
    pthread_mutex_t lock;
#endif
    struct user users[USERS_MAX];
    size_t n_users;
    int32_t last_id;
};

/* ---- The store ---- */

int users_open(void **data)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return KRT_FAILED;
#ifdef _WIN32
    InitializeSRWLock(&store->lock);
#else
    pthread_mutex_init(&store->lock, NULL);
#endif
    *data = store;
    return KRT_DONE;
}

void users_close(void *data)
{
#ifndef _WIN32
    struct store *store = data;
    pthread_mutex_destroy(&store->lock);
#endif
    free(data);
}

static struct store *lock(struct krt_exchange *exchange)
{
    struct store *store = krt_server_data(exchange);
#ifdef _WIN32
    AcquireSRWLockExclusive(&store->lock);
#else
    pthread_mutex_lock(&store->lock);
#endif
    return store;
}

static void unlock(struct store *store)
{
#ifdef _WIN32
    ReleaseSRWLockExclusive(&store->lock);
#else
    pthread_mutex_unlock(&store->lock);
#endif
}

static struct user *find(struct store *store, int32_t id)
{
    for (size_t i = 0; i < store->n_users; i++)
        if (store->users[i].id == id)
            return &store->users[i];
    return NULL;
}

/* ---- JSON ---- */

/* Writes `user` to `at`, which has room for USER_JSON bytes; returns how many. A name
 * has no control characters, see is_name(). */
static size_t put_user(char *at, const struct user *user)
{
    size_t len = (size_t)sprintf(at, "{\"id\":%d,\"name\":\"", (int)user->id);
    for (size_t i = 0; i < user->name_len; i++) {
        if (user->name[i] == '"' || user->name[i] == '\\')
            at[len++] = '\\';
        at[len++] = user->name[i];
    }
    at[len++] = '"';
    at[len++] = '}';
    return len;
}

static int respond_user(struct krt_exchange *exchange, const struct user *user)
{
    char json[USER_JSON];
    krt_respond(exchange, "application/json", json, put_user(json, user));
    return KRT_DONE;
}

static int respond_error(struct krt_exchange *exchange, int status, const char *error)
{
    krt_respond_status(exchange, status);
    krt_respond_static(exchange, "application/json", error, strlen(error));
    return KRT_DONE;
}

static int respond_missing(struct krt_exchange *exchange)
{
    return respond_error(exchange, 404, "{\"error\":\"no user has this id\"}");
}

/* ---- Names ---- */

/* The length of the character at `at`; 0 if it is none of UTF-8, which JSON has to be
 * (RFC 3629 section 4), or a control character. */
static size_t character_len(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first[2]; /* least and most */
        unsigned char second[2];
        size_t len;
    } rows[] = {
        {{0x20, 0x7e}, {0}, 1},          {{0xc2, 0xdf}, {0x80, 0xbf}, 2},
        {{0xe0, 0xe0}, {0xa0, 0xbf}, 3}, {{0xe1, 0xec}, {0x80, 0xbf}, 3},
        {{0xed, 0xed}, {0x80, 0x9f}, 3}, {{0xee, 0xef}, {0x80, 0xbf}, 3},
        {{0xf0, 0xf0}, {0x90, 0xbf}, 4}, {{0xf1, 0xf3}, {0x80, 0xbf}, 4},
        {{0xf4, 0xf4}, {0x80, 0x8f}, 4},
    };
    size_t row = 0;
    while (row < sizeof rows / sizeof *rows &&
           (at[0] < rows[row].first[0] || at[0] > rows[row].first[1]))
        row++;
    if (row == sizeof rows / sizeof *rows || rows[row].len > left)
        return 0;
    if (rows[row].len > 1 &&
        (at[1] < rows[row].second[0] || at[1] > rows[row].second[1]))
        return 0;
    for (size_t i = 2; i < rows[row].len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return rows[row].len;
}

static bool is_name(struct krt_str text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t len = 1;
    for (size_t i = 0; i < text.len && len > 0; i += len)
        len = character_len(at + i, text.len - i);
    return len > 0 && text.len > 0 && text.len <= NAME_LEN;
}

static void set_name(struct user *user, struct krt_str name)
{
    user->name_len = name.len;
    memcpy(user->name, name.at, name.len);
}

static int respond_bad_name(struct krt_exchange *exchange)
{
    return respond_error(
        exchange, 400,
        "{\"error\":\"the body must be a name of 1 to 80 bytes of UTF-8\"}");
}

/* ---- Handlers ---- */

int list_users(struct krt_exchange *exchange, const struct list_users_params *params)
{
    struct store *store = lock(exchange);
    char *json = krt_take(exchange, store->n_users * (USER_JSON + 1) + 2);
    size_t len = 0;
    (void)params;
    if (json) {
        json[len++] = '[';
        for (size_t i = 0; i < store->n_users; i++) {
            if (i > 0)
                json[len++] = ',';
            len += put_user(json + len, &store->users[i]);
        }
        json[len++] = ']';
    }
    unlock(store);
    if (!json)
        return KRT_FAILED;
    krt_respond(exchange, "application/json", json, len);
    return KRT_DONE;
}

int add_user(struct krt_exchange *exchange, const struct add_user_params *params)
{
    struct krt_str name = krt_request_body(exchange);
    struct user user = {0};
    char location[32];
    (void)params;
    if (!is_name(name))
        return respond_bad_name(exchange);
    set_name(&user, name);
    struct store *store = lock(exchange);
    if (store->n_users < USERS_MAX) {
        user.id = ++store->last_id;
        store->users[store->n_users++] = user;
    }
    unlock(store);
    if (user.id == 0)
        return respond_error(exchange, 507, "{\"error\":\"there are too many users\"}");
    sprintf(location, "/users/%d", (int)user.id);
    krt_respond_status(exchange, 201);
    krt_respond_header(exchange, "Location", location);
    return respond_user(exchange, &user);
}

int get_user(struct krt_exchange *exchange, const struct get_user_params *params)
{
    struct user copy = {0};
    struct store *store = lock(exchange);
    const struct user *user = find(store, params->id);
    if (user)
        copy = *user;
    unlock(store);
    return user ? respond_user(exchange, &copy) : respond_missing(exchange);
}

int rename_user(struct krt_exchange *exchange, const struct rename_user_params *params)
{
    struct krt_str name = krt_request_body(exchange);
    struct user copy = {0};
    if (!is_name(name))
        return respond_bad_name(exchange);
    struct store *store = lock(exchange);
    struct user *user = find(store, params->id);
    if (user) {
        set_name(user, name);
        copy = *user;
    }
    unlock(store);
    return user ? respond_user(exchange, &copy) : respond_missing(exchange);
}

int remove_user(struct krt_exchange *exchange, const struct remove_user_params *params)
{
    struct store *store = lock(exchange);
    struct user *user = find(store, params->id);
    if (user) {
        struct user *end = store->users + store->n_users--;
        memmove(user, user + 1, (size_t)(end - user - 1) * sizeof *user);
    }
    unlock(store);
    if (!user)
        return respond_missing(exchange);
    krt_respond_status(exchange, 204);
    return KRT_DONE;
}
