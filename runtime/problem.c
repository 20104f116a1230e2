#include "problem.h"

#include "cut.h"
#include "reply.h"

#include <string.h>

/* The most bytes of a text in the reason; in all fewer than KRT_REASON_MAX. */
enum {
    ROUTE_LEN = 240,
    SPEC_LEN = 100,
    PARAMETER_LEN = 64,
    VALUE_LEN = 96,
    CONSTRAINTS_LEN = 160,
};

/* The same for JSON strings, escapes included; in all fewer than KRT_PROBLEM_MAX. */
enum { DETAIL_JSON_LEN = 1200, MEMBER_JSON_LEN = 400 };

static void put_cut(struct krt_buffer *buffer, const char *text, size_t max)
{
    krt_put_cut(buffer, text, strlen(text), max);
}

static void put_source(struct krt_buffer *buffer, const struct krt_program *program,
                       const struct krt_route *route)
{
    put_cut(buffer, program->spec, SPEC_LEN);
    krt_put_text(buffer, ":");
    krt_put_number(buffer, (unsigned long)route->line, 1);
}

/* "BEFORE ROUTE (SPEC:LINE)AFTER". */
static void put_route(struct krt_buffer *buffer, const struct krt_program *program,
                      const struct krt_near *near, const char *const around[2])
{
    const struct krt_route *route = &program->routes[near->route];
    krt_put_text(buffer, around[0]);
    put_cut(buffer, route->name, ROUTE_LEN);
    krt_put_text(buffer, " (");
    put_source(buffer, program, route);
    krt_put_text(buffer, ")");
    krt_put_text(buffer, around[1]);
}

static void put_refused_value(struct krt_buffer *buffer, const struct krt_near *near)
{
    put_cut(buffer, near->parameter->name, PARAMETER_LEN);
    krt_put_text(buffer, " '");
    krt_put_encoded(buffer, near->value.at, near->value.len, VALUE_LEN);
    krt_put_text(buffer, "' is not ");
    put_cut(buffer, near->parameter->constraints, CONSTRAINTS_LEN);
}

static void put_near(struct krt_buffer *buffer, const struct krt_program *program,
                     const struct krt_near *near)
{
    static const char *const around[][2] = {
        [KRT_NEAR_ABSENT] = {"", " has no such file"},
        [KRT_NEAR_SLASH] = {"", " has no '/' at its end"},
        [KRT_NEAR_CASE] = {"", " differs only in upper and lower case"},
        [KRT_NEAR_CONSTRAINT] = {"nearest is ", ", but "},
        [KRT_NEAR_TYPO] = {"did you mean ", "?"},
        [KRT_NEAR_METHOD] = {"nearest is ", ", of another method"},
    };
    static const char *const with_slash[2] = {"", " has a '/' at its end"};
    bool wants_slash = near->reason == KRT_NEAR_SLASH && near->wants_slash;
    put_route(buffer, program, near, wants_slash ? with_slash : around[near->reason]);
    if (near->reason == KRT_NEAR_CONSTRAINT)
        put_refused_value(buffer, near);
}

void krt_put_reason(struct krt_buffer *buffer, const struct krt_program *program,
                    const struct krt_verdict *verdict)
{
    if (verdict->status == 405) {
        krt_put_text(buffer, "it takes ");
        put_cut(buffer, verdict->allow, ROUTE_LEN);
    } else if (verdict->near.reason == KRT_NEAR_NONE) {
        krt_put_text(buffer, "no route is near");
    } else {
        put_near(buffer, program, &verdict->near);
    }
}

/* ---- Problem details ---- */

/* A string member; `name` comes with all that is before its value. */
static void put_member(struct krt_buffer *buffer, const char *name, const void *text,
                       size_t len)
{
    krt_put_text(buffer, name);
    krt_put_json(buffer, text, len, MEMBER_JSON_LEN);
}

static void put_text_member(struct krt_buffer *buffer, const char *name,
                            const char *text)
{
    put_member(buffer, name, text, strlen(text));
}

static void put_detail(struct krt_buffer *buffer, const struct krt_program *program,
                       const struct krt_verdict *verdict)
{
    char storage[KRT_REASON_MAX];
    struct krt_buffer reason = KRT_BUFFER(storage);
    krt_put_reason(&reason, program, verdict);
    krt_put_text(buffer, ",\"detail\":");
    krt_put_json(buffer, reason.data, reason.len, DETAIL_JSON_LEN);
}

static void put_nearest(struct krt_buffer *buffer, const struct krt_program *program,
                        const struct krt_near *near)
{
    static const char reasons[][sizeof "trailing-slash"] = {
        [KRT_NEAR_ABSENT] = "absent", [KRT_NEAR_SLASH] = "trailing-slash",
        [KRT_NEAR_CASE] = "case",     [KRT_NEAR_CONSTRAINT] = "constraint",
        [KRT_NEAR_TYPO] = "typo",     [KRT_NEAR_METHOD] = "method",
    };
    const struct krt_route *route = &program->routes[near->route];
    char storage[SPEC_LEN + 32];
    struct krt_buffer source = KRT_BUFFER(storage);
    put_source(&source, program, route);
    put_text_member(buffer, ",\"nearest\":{\"route\":", route->name);
    put_member(buffer, ",\"source\":", source.data, source.len);
    put_text_member(buffer, ",\"reason\":", reasons[near->reason]);
    if (near->reason == KRT_NEAR_CONSTRAINT) {
        put_text_member(buffer, ",\"parameter\":", near->parameter->name);
        put_member(buffer, ",\"value\":", near->value.at, near->value.len);
        put_text_member(buffer, ",\"constraints\":", near->parameter->constraints);
    }
    krt_put_text(buffer, "}");
}

void krt_put_problem_start(struct krt_buffer *buffer, int status)
{
    put_text_member(buffer, "{\"type\":\"about:blank\",\"title\":", krt_reason(status));
    krt_put_text(buffer, ",\"status\":");
    krt_put_number(buffer, (unsigned long)status, 3);
}

void krt_put_problem(struct krt_buffer *buffer, const struct krt_program *program,
                     const struct krt_verdict *verdict)
{
    krt_put_problem_start(buffer, verdict->status);
    put_detail(buffer, program, verdict);
    if (verdict->near.reason != KRT_NEAR_NONE)
        put_nearest(buffer, program, &verdict->near);
    krt_put_text(buffer, "}");
}
