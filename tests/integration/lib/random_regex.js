'use strict';
// Random regular expressions in the notation of regex(...), with texts that they match.

const ATOMS = [
  { text: '\\d', samples: ['0', '5', '9'] },
  { text: '\\w', samples: ['a', 'Z', '_', '7'] },
  { text: '\\s', samples: [' ', '\t'] },
  { text: '\\D', samples: ['x', 'é', '😀'] },
  { text: '.', samples: ['a', '.', '日', '\x01'] },
  { text: '[a-f]', samples: ['a', 'c', 'f'] },
  { text: '[^a-f]', samples: ['g', 'A', 'ß', '-'] },
  { text: '[A-Z0-9_\\-]', samples: ['A', '0', '_', '-'] },
  { text: '[日-本é]', samples: ['日', '本', 'é'] },
  { text: '[\\d.]', samples: ['1', '.'] },
  { text: '\\.', samples: ['.'] },
  { text: '\\u00e9', samples: ['é'] },
  { text: '\\x41', samples: ['A'] },
  { text: 'é', samples: ['é'] },
  { text: '😀', samples: ['😀'] },
  ...['a', 'b', 'c', 'x', 'K', '1', '-', '_', '~'].map((c) => ({ text: c, samples: [c] })),
];

// Bounds of a repetition and how it is written.
const REPETITIONS = [['?', 0, 1], ['*', 0, 3], ['+', 1, 3], ['{2}', 2, 2], ['{{2}}', 2, 2],
  ['{1,3}', 1, 3], ['{{0,2}}', 0, 2], ['{2,}', 2, 4]];

// An expression is { text, sample }, where sample() makes a text that it matches.
function makeAtom(random, depth) {
  if (depth > 0 && random.oneIn(4)) {
    const inner = makeChoice(random, depth - 1);
    return { text: `${random.pick(['(', '(?:'])}${inner.text})`, sample: inner.sample };
  }
  const atom = random.pick(ATOMS);
  return { text: atom.text, sample: () => random.pick(atom.samples) };
}

function makeRepeat(random, depth) {
  const atom = makeAtom(random, depth);
  if (!random.oneIn(3)) return atom;
  const [mark, least, most] = random.pick(REPETITIONS);
  const sample = () => Array.from({ length: random.between(least, most) }, atom.sample).join('');
  return { text: atom.text + mark, sample };
}

function makeSequence(random, depth) {
  const items = Array.from({ length: random.between(1, 3) }, () => makeRepeat(random, depth));
  return {
    text: items.map((item) => item.text).join(''),
    sample: () => items.map((item) => item.sample()).join(''),
  };
}

function makeChoice(random, depth) {
  const n = random.oneIn(3) ? 2 : 1;
  const choices = Array.from({ length: n }, () => makeSequence(random, depth));
  return {
    text: choices.map((choice) => choice.text).join('|'),
    sample: () => random.pick(choices).sample(),
  };
}

// What counts behind a place that could be anywhere. Automata of several multiply.
function makeCounting(random) {
  const [mark, n] = [random.pick(['a', 'b', 'x']), random.between(2, 6)];
  const tail = () => Array.from({ length: n }, () => random.pick(['a', 'b', 'x', 'é'])).join('');
  return { text: `.*${mark}.{${n}}`, sample: () => `${random.pick(['', 'b', 'xa'])}${mark}${tail()}` };
}

function makeRegex(random) {
  const { text, sample } = random.oneIn(12) ? makeCounting(random) : makeChoice(random, 2);
  const anchored = random.weigh([[4, text], [1, `^(?:${text})$`]]);
  return { text: anchored, samples: Array.from({ length: 6 }, sample) };
}

module.exports = { makeRegex };
