import { describe, expect, it } from 'vitest';
import { compose } from './compose.ts';
import { commands, endpoints } from './contract/index.ts';

describe('the contracts of the rooms as one', () => {
  it('hold what each room declares', () => {
    expect(compose({ a: 1 }, {}, { b: 'two' })).toEqual({ a: 1, b: 'two' });
    expect(Object.keys(endpoints)).toEqual(expect.arrayContaining(['signIn', 'routing', 'lists']));
    expect(Object.keys(commands)).toEqual(expect.arrayContaining(['notes.save', 'call.hold', 'board.watch']));
  });

  it('refuse a name that two rooms declare', () => {
    expect(() => compose({ a: 1 }, { b: 1 }, { a: 1 })).toThrow('a is declared twice');
    expect(() => compose({ toString: 1 })).not.toThrow();
  });

  it('have one endpoint at each method and path', () => {
    const places = Object.values(endpoints).map(({ method, path }) => `${method} ${path}`);
    expect(places.filter((place, at) => places.indexOf(place) !== at)).toEqual([]);
  });
});
