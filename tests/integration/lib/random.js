'use strict';
// Numbers that are the same in every run of one seed (mulberry32).

class Random {
  constructor(seed) {
    this.state = seed | 0;
  }

  // A whole number from 0 to `limit` - 1.
  below(limit) {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  // From `first` to `last`, both included.
  between(first, last) {
    return first + this.below(last - first + 1);
  }

  // True once in `n` times.
  oneIn(n) {
    return this.below(n) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  // One of the weighted choices [[weight, value], ...].
  weigh(choices) {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    return choices.find(([weight]) => (left -= weight) < 0)[1];
  }

  shuffle(list) {
    for (let i = list.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  }
}

module.exports = { Random };
