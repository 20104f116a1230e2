#include "phases.h"
#include "check.h"
#include "read.h"
#include "values.h"
#include "yaml.h"

bool phases_run(const struct source *source, struct spec *spec, struct arena *arena,
                struct diag *diag)
{
    struct node *root;
    size_t n_before = diag->n_errors;
    *spec = (struct spec){.source = source};
    if (!yaml_read(source, &root, arena, diag))
        return false;
    read_spec(root, spec, arena, diag);
    values_build(spec, arena, diag);
    check_spec(spec, diag);
    return diag->n_errors == n_before;
}
