/* Types registered with IANA, except for a few that everybody uses all the same. */
#include "media_type.h"

#define TEXT(subtype) "text/" subtype "; charset=utf-8"

static const struct {
    const char *extension;
    const char *type;
} types[] = {
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apng", "image/apng"},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"cjs", TEXT("javascript")},
    {"css", TEXT("css")},
    {"csv", TEXT("csv")},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"eot", "application/vnd.ms-fontobject"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"heic", "image/heic"},
    {"htm", TEXT("html")},
    {"html", TEXT("html")},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", TEXT("calendar")},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", TEXT("javascript")},
    {"json", "application/json"},
    {"jsonl", "application/jsonl"},
    {"jsonld", "application/ld+json"},
    {"jxl", "image/jxl"},
    {"log", TEXT("plain")},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"map", "application/json"},
    {"md", TEXT("markdown")},
    {"mid", "audio/midi"},
    {"mjs", TEXT("javascript")},
    {"mkv", "video/matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx",
     "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"rss", "application/rss+xml"},
    {"rtf", "application/rtf"},
    {"sh", "application/x-sh"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "application/toml"},
    {"ts", "video/mp2t"},
    {"tsv", TEXT("tab-separated-values")},
    {"ttf", "font/ttf"},
    {"txt", TEXT("plain")},
    {"vcf", TEXT("vcard")},
    {"vtt", TEXT("vtt")},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xsl", "application/xslt+xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

/* What is behind the last dot of the last segment; a dot at the start hides a file. */
static struct str extension_of(struct str name)
{
    for (size_t i = name.len; i > 1; i--) {
        if (name.at[i - 1] == '/')
            break;
        if (name.at[i - 1] == '.' && name.at[i - 2] != '/')
            return str_slice(name, i, name.len);
    }
    return (struct str){0};
}

const char *media_type_of(struct str name)
{
    struct str extension = extension_of(name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal_fold(extension, str_from(types[i].extension)))
            return types[i].type;
    return "application/octet-stream";
}

/* ---- What a type is ---- */

static bool has_ending(struct str text, struct str ending)
{
    return text.len >= ending.len &&
           str_equal_fold(str_slice(text, text.len - ending.len, text.len), ending);
}

/* "type/subtype" of a media type. */
static struct str essence_of(struct str type)
{
    size_t len = 0;
    while (len < type.len && type.at[len] != ';')
        len++;
    while (len > 0 && (type.at[len - 1] == ' ' || type.at[len - 1] == '\t'))
        len--;
    return str_slice(type, 0, len);
}

bool media_type_is_markup(struct str type)
{
    struct str essence = essence_of(type);
    return has_ending(essence, STR("/html")) || has_ending(essence, STR("/xml")) ||
           has_ending(essence, STR("+xml"));
}

bool media_type_is_json(struct str type)
{
    struct str essence = essence_of(type);
    return has_ending(essence, STR("/json")) || has_ending(essence, STR("+json"));
}
