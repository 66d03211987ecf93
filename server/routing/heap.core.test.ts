import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexedHeap } from './heap.core.ts';

describe('IndexedHeap', () => {
  it('always shows the first of what was added and not removed', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new IndexedHeap<{ n: number; place: number }>((a, b) => a.n < b.n);
        const members = Array.from({ length: 41 }, (_, n) => ({ n, place: -1 }));
        const model = new Set<number>();
        for (const [add, n] of list) {
          const member = members[n] as (typeof members)[number];
          if (add) {
            heap.add(member);
            model.add(n);
          } else expect(heap.remove(member)).toBe(model.delete(n));
          expect(heap.size).toBe(model.size);
          expect(heap.has(member)).toBe(model.has(n));
          expect(heap.peek()?.n).toBe(model.size > 0 ? Math.min(...model) : undefined);
        }
      }),
    );
  });

  it('finds the first that fits, ahead of a bound', () => {
    const list = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
    fc.assert(
      fc.property(list, list, fc.option(fc.nat(60), { nil: undefined }), (inside, fitting, bound) => {
        const heap = new IndexedHeap<{ n: number; place: number }>((a, b) => a.n < b.n);
        for (const n of inside) heap.add({ n, place: -1 });
        const limit = bound === undefined ? undefined : { n: bound, place: -1 };
        const found = heap.first(({ n }, fits) => fits.has(n), new Set(fitting), limit);
        const fit = inside.filter((n) => fitting.includes(n) && (bound === undefined || n < bound));
        expect(found?.n).toBe(fit.length > 0 ? Math.min(...fit) : bound);
      }),
    );
  });
});
