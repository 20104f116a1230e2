'use strict';
// The generated matchers of many specs in one executable.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const run = promisify(execFile);
const hex = (text) => Buffer.from(text).toString('hex');

// Reads lines "SET METHOD PATH", the path in hexadecimal, and writes for each the number
// of the route, -1 for none, and the places of its values as OFFSET:LENGTH, or '-'.
const mainSource = (names) => `
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

${names.map((name) => `extern const struct krt_program krt_program_${name};`).join('\n')}

static const struct krt_program *const programs[] = {
${names.map((name) => `    &krt_program_${name},`).join('\n')}
};

static int find(const struct krt_program *program, const char *method,
                const unsigned char *path, struct krt_slice *values)
{
    for (size_t i = 0; i < program->n_methods; i++)
        if (strcmp(program->methods[i].name, method) == 0)
            return program->methods[i].match(path, values);
    return KRT_NO_ROUTE;
}

static void put(const struct krt_slice *value, const unsigned char *path)
{
    if (value->at)
        printf(" %ld:%lu", (long)(value->at - path), (unsigned long)value->len);
    else
        printf(" -");
}

static void answer(const struct krt_program *program, const char *method,
                   const char *encoded)
{
    size_t len = strlen(encoded) / 2;
    unsigned char *path = malloc(len + 1);
    struct krt_slice values[KRT_PARAMETERS_MAX];
    unsigned byte = 0;
    if (!path)
        exit(1);
    for (size_t i = 0; i < len && sscanf(encoded + 2 * i, "%2x", &byte) == 1; i++)
        path[i] = (unsigned char)byte;
    path[len] = '\\0';
    int route = find(program, method, path, values);
    printf("%d", route);
    for (size_t i = 0; route >= 0 && i < program->routes[route].n_parameters; i++)
        put(&values[i], path);
    putchar('\\n');
    free(path);
}

int main(void)
{
    static char line[100000];
    static char method[100];
    static char path[100000];
    unsigned set = 0;
    while (fgets(line, sizeof line, stdin))
        if (sscanf(line, "%u %99s %99999s", &set, method, path) == 3)
            answer(programs[set], method, path);
    return 0;
}
`;

// Calls work(item) for all of a list, for at most `width` at the same time.
async function parallel(list, width, work) {
  const left = [...list];
  const worker = async () => {
    while (left.length > 0) await work(left.shift());
  };
  await Promise.all(Array.from({ length: width }, worker));
}

class MatcherDriver {
  // `folder` is where krgen puts its sources.
  constructor(folder) {
    this.folder = folder;
    this.names = new Set();
  }

  async compile(name) {
    const sources = path.join(this.folder, `${name}-src`);
    const files = fs.readdirSync(sources).filter((file) => file.endsWith('.c'));
    await run('cc', ['-std=c11', '-O0', `-Dkrt_program=krt_program_${name}`, '-c', ...files],
      { cwd: sources });
    this.names.add(name);
  }

  async link() {
    const main = path.join(this.folder, 'main.c');
    const objects = path.join(this.folder, 'objects');
    const names = [...this.names];
    fs.writeFileSync(main, mainSource(names));
    fs.writeFileSync(objects, names.flatMap((name) => {
      const sources = path.join(this.folder, `${name}-src`);
      return fs.readdirSync(sources).filter((file) => file.endsWith('.o'))
        .map((file) => path.join(sources, file));
    }).join('\n'));
    const executable = path.join(this.folder, 'matchers');
    const runtime = path.join(this.folder, `${names[0]}-src`, 'runtime');
    await run('cc', ['-std=c11', '-O1', '-o', executable, '-I', runtime, main,
      path.join(runtime, 'automaton.c'), `@${objects}`]);
    return executable;
  }

  // The answers to requests { set: { name }, method, path }: { route, values }.
  async run(requests) {
    const executable = await this.link();
    const numbers = new Map([...this.names].map((name, i) => [name, i]));
    const lines = requests.map(({ set, method, path: text }) => (
      `${numbers.get(set.name)} ${method} ${hex(text)}\n`));
    const child = run(executable, [], { maxBuffer: 1 << 30 });
    child.child.stdin.end(lines.join(''));
    const { stdout } = await child;
    const answers = stdout.trimEnd().split('\n');
    assert.equal(answers.length, requests.length);
    return answers.map((answer) => {
      const [route, ...values] = answer.split(' ');
      return { route: Number(route), values };
    });
  }
}

module.exports = { MatcherDriver, parallel };
