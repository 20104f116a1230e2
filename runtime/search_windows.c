#include "search_windows.h"

#include "windows_api.h"

#include <stdbool.h>
#include <stdlib.h>

static wchar_t *variable(const wchar_t *name)
{
    DWORD cap = GetEnvironmentVariableW(name, NULL, 0);
    wchar_t *value = cap > 0 ? calloc(cap, sizeof *value) : NULL;
    if (value && GetEnvironmentVariableW(name, value, cap) >= cap)
        value[0] = L'\0'; /* it has grown meanwhile */
    return value;
}

/* The part of a list up to a semicolon, without quotes, which may protect one. */
struct part {
    const wchar_t *at; /* of the list; moves on */
    wchar_t *text;     /* as long as the list */
};

static bool next_part(struct part *part)
{
    wchar_t *out = part->text;
    bool is_quoted = false;
    if (!*part->at)
        return false;
    for (; *part->at && (is_quoted || *part->at != L';'); part->at++) {
        if (*part->at == L'"')
            is_quoted = !is_quoted;
        else
            *out++ = *part->at;
    }
    *out = L'\0';
    part->at += *part->at == L';';
    return true;
}

struct search {
    const wchar_t *name;
    wchar_t *path; /* being tried; has room for any */
    wchar_t *path_list;
    wchar_t *endings; /* PATHEXT */
    wchar_t *folder, *ending;
};

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES &&
           !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static bool has_ending(const wchar_t *path)
{
    const wchar_t *dot = wcsrchr(path, L'.');
    return dot && !wcspbrk(dot, L"\\/:");
}

/* Tries what search->path is so far, with all endings. */
static bool is_found(struct search *search)
{
    size_t len = wcslen(search->path);
    struct part ending = {search->endings, search->ending};
    if (has_ending(search->path) && is_file(search->path))
        return true;
    while (next_part(&ending)) {
        wcscpy(search->path + len, ending.text);
        if (*ending.text && is_file(search->path))
            return true;
    }
    search->path[len] = L'\0';
    return false;
}

static bool is_on_path(struct search *search)
{
    struct part folder = {search->path_list, search->folder};
    while (next_part(&folder)) {
        if (!*folder.text)
            continue;
        wcscpy(search->path, folder.text);
        wcscat(search->path, L"\\");
        wcscat(search->path, search->name);
        if (is_found(search))
            return true;
    }
    return false;
}

static bool is_there(struct search *search)
{
    if (!*search->name)
        return false;
    if (!wcspbrk(search->name, L"\\/:"))
        return is_on_path(search);
    wcscpy(search->path, search->name);
    return is_found(search) ||
           GetFileAttributesW(search->path) != INVALID_FILE_ATTRIBUTES;
}

static wchar_t *full_path(const wchar_t *path)
{
    DWORD cap = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *full = cap > 0 ? calloc(cap, sizeof *full) : NULL;
    if (full)
        GetFullPathNameW(path, cap, full, NULL);
    return full;
}

static wchar_t *copy(const wchar_t *text)
{
    wchar_t *made = malloc((wcslen(text) + 1) * sizeof *made);
    return made ? wcscpy(made, text) : NULL;
}

static bool begin(struct search *search)
{
    search->path_list = variable(L"PATH");
    if (!search->path_list)
        search->path_list = copy(L"");
    search->endings = variable(L"PATHEXT");
    if (!search->endings)
        search->endings = copy(L".COM;.EXE;.BAT;.CMD");
    if (!search->path_list || !search->endings)
        return false;
    search->folder = copy(search->path_list);
    search->ending = copy(search->endings);
    size_t len =
        wcslen(search->path_list) + wcslen(search->name) + wcslen(search->endings);
    search->path = calloc(len + sizeof "\\", sizeof *search->path);
    return search->folder && search->ending && search->path;
}

static void end(struct search *search)
{
    free(search->path);
    free(search->ending);
    free(search->folder);
    free(search->endings);
    free(search->path_list);
}

wchar_t *krt__find_command(const wchar_t *name, unsigned long *code)
{
    struct search search = {.name = name};
    wchar_t *found = NULL;
    *code = ERROR_NOT_ENOUGH_MEMORY;
    if (begin(&search)) {
        *code = ERROR_FILE_NOT_FOUND;
        if (is_there(&search))
            found = full_path(search.path);
    }
    end(&search);
    return found;
}
