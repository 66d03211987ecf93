import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexedHeap } from './heap.core.ts';

describe('IndexedHeap', () => {
  it('always shows the first of what was added and not removed', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new IndexedHeap<number>((a, b) => a < b);
        const model = new Set<number>();
        for (const [add, n] of list) {
          if (add) {
            heap.add(n);
            model.add(n);
          } else expect(heap.remove(n)).toBe(model.delete(n));
          expect(heap.size).toBe(model.size);
          expect(heap.has(n)).toBe(model.has(n));
          expect(heap.peek()).toBe(model.size > 0 ? Math.min(...model) : undefined);
        }
      }),
    );
  });
});
