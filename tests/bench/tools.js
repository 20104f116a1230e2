'use strict';
// What the benchmarks share: options, counted instructions, tables.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

// Options "--name value" over their defaults, those without value whose default is false,
// and --smoke, which sets isSmoke.
function readOptions(defaults, words, script) {
  const options = { ...defaults, isSmoke: words.includes('--smoke') };
  const isFlag = (word) => word === '--smoke' || defaults[word.replace(/^--/, '')] === false;
  for (const word of words.filter(isFlag)) options[word.replace(/^--/, '')] = true;
  const pairs = words.filter((word) => !isFlag(word));
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i].replace(/^--/, '');
    if (!(name in defaults) || pairs[i + 1] === undefined) {
      console.error(`${path.basename(script)}: what is ${pairs[i]}? See the top of ${script}`);
      process.exit(2);
    }
    options[name] = pairs[i + 1];
  }
  if (options.isSmoke) options.seconds = 0.001;
  return options;
}

function countByPerf(command) {
  const result = spawnSync('perf', ['stat', '-x', ',', '-e', 'instructions:u', ...command],
    { encoding: 'utf8' });
  return result.status === 0 ? Number.parseInt(result.stderr, 10) : NaN;
}

function countByValgrind(command) {
  const out = path.join(os.tmpdir(), `callgrind.${process.pid}`);
  spawnSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${out}`, ...command]);
  const totals = fs.existsSync(out) && /^totals: (\d+)/m.exec(fs.readFileSync(out, 'utf8'));
  fs.rmSync(out, { force: true });
  return totals ? Number(totals[1]) : NaN;
}

// Instructions of a pass of the loop of which `command` makes as many as its last argument
// says, which is left out here, by the difference of two runs. NaN without perf and valgrind.
function countInstructions(command) {
  const count = countByPerf(['true']) > 0 ? countByPerf : countByValgrind;
  const [one, eleven] = ['1', '11'].map((passes) => count([...command, passes]));
  return (eleven - one) / 10;
}

function printTable(title, columns, rows) {
  const table = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, i) => Math.max(...table.map((row) => row[i].length)));
  console.log(`\n${title}\n`);
  for (const row of table) console.log(row.map((cell, i) => cell.padStart(widths[i])).join('  '));
}

module.exports = { countInstructions, printTable, readOptions };
