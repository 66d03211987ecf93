import { beforeEach, describe, expect, it } from 'vitest';
import type { NotMine, OfferWhy, WaitingWhy } from '#shared/model/states.ts';
import { notMineSchema, offerWhySchema, waitingWhySchema } from '#shared/model/states.ts';
import { World } from '../../tests/kits/routing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.queue('support');
});

const call = (skills: Record<string, number> = {}): string => world.call('support', { skills });
/** Takes a call of its own. */
function busy(id: string): void {
  world.agent(id, 'support');
  call();
  world.accept(id);
}

const whys: Record<WaitingWhy, () => string> = {
  'nobody-serves': () => call(),
  'nobody-signed-in': () => {
    world.agent('a', 'support');
    world.presence('a', 'offline');
    return call();
  },
  'no-skill': () => {
    world.agent('a', 'support');
    return call({ french: 1 });
  },
  'all-busy': () => {
    busy('a');
    world.agent('b', 'support');
    world.presence('b', 'not-ready');
    return call();
  },
  'all-not-ready': () => {
    world.agent('a', 'support');
    world.presence('a', 'not-ready');
    return call();
  },
  'left-alone': () => {
    world.agent('a', 'support');
    const item = call();
    world.decline('a');
    return item;
  },
  held: () => {
    busy('a');
    world.agent('b', 'support');
    return world.call('support', { preferred: { agentId: 'a', holdMs: 60_000 } });
  },
  offered: () => {
    world.agent('a', 'support');
    return call();
  },
  'in-hands': () => {
    world.agent('a', 'support');
    const item = call();
    world.accept('a');
    return item;
  },
};

describe('R31 why nobody has it', () => {
  it.each(waitingWhySchema.options)('R31 %s', (why) => {
    expect(world.explain(whys[why]()).why).toBe(why);
  });

  it('R31 what is not here explains nothing', () => {
    const item = call();
    world.withdraw(item);
    expect(world.core.explain(item, world.now)).toBeUndefined();
  });

  it('R31 explaining changes nothing that follows', () => {
    const play = (ask: boolean): string => {
      world = new World();
      world.queue('support', { strategy: 'random', relax: [{ afterMs: 5_000, lower: 0, drop: ['french'] }] });
      for (const id of ['a', 'b', 'c']) world.agentWith({ skills: { german: 2 } }, id, 'support');
      for (let i = 0; i < 30; i++) {
        const item = call(i % 3 === 0 ? { french: 2, german: 1 } : {});
        if (ask) for (const id of [item, 'i1']) world.core.explain(id, world.now);
        if (ask) world.core.waiting(['support'], 10, world.now);
        for (const id of ['a', 'b', 'c']) if (i % 4 !== 0) world.serve(id, 700);
      }
      return JSON.stringify(world.effects);
    };
    expect(play(true)).toBe(play(false));
  });
});

/** Each makes an agent `a` that does not have the item, whose id it answers with. */
const reasons: Record<Exclude<NotMine, 'free'>, () => string> = {
  'signed-out': whys['nobody-signed-in'],
  'held-for-another': () => {
    busy('holder');
    world.agent('a', 'support');
    return world.call('support', { preferred: { agentId: 'holder', holdMs: 60_000 } });
  },
  skills: whys['no-skill'],
  tier: () => {
    world.queue('support', { tiersMs: [0, 5_000] });
    world.agent('a', 'support:2');
    return call();
  },
  'not-ready': whys['all-not-ready'],
  'not-responding': () => {
    world.agent('a', 'support');
    const item = call();
    world.advance(20_000);
    return item;
  },
  'no-phone': () => {
    world.agent('a', 'support');
    world.reachable('a', false);
    return call();
  },
  busy: () => {
    busy('a');
    return call();
  },
  'offered-other': () => {
    world.agent('a', 'support');
    call();
    return call();
  },
  'left-alone': whys['left-alone'],
};

describe('R31 why one agent has not got it', () => {
  it.each(notMineSchema.options.filter((reason) => reason !== 'free'))('R31 %s', (reason) => {
    const { agents } = world.explain(reasons[reason]());
    const others = reason === 'held-for-another' ? { busy: 1 } : {};
    expect(agents).toEqual({ [reason]: 1, ...others });
  });

  it('R31 free: for work in other hands, who could have had it', () => {
    const item = whys['in-hands']();
    world.agent('b', 'support');
    expect(world.explain(item).agents).toEqual({ busy: 1, free: 1 });
  });

  it('R31 a next state is not ready, whatever is in hand', () => {
    busy('a');
    world.presence('a', 'not-ready');
    expect(world.explain(call()).agents).toEqual({ 'not-ready': 1 });
  });

  it('R31 every agent of the queue is counted once, with the first reason that applies', () => {
    world.agentWith({ skills: { french: 1 } }, 'a', 'support');
    world.agent('b', 'support');
    world.presence('b', 'not-ready');
    world.agent('c', 'support');
    world.presence('c', 'offline');
    const item = call({ french: 2 });
    expect(world.explain(item).agents).toEqual({ skills: 2, 'signed-out': 1 });
  });
});

describe('R31 where it stands', () => {
  it('R31 position counts those ahead in its own queue; the best come first over several', () => {
    world.queue('sales', { score: { priority: 3_600, ageing: 5, urgency: 0 } });
    const [first, second] = [call(), call()];
    const urgent = world.call('support', { priority: 1 });
    const sale = world.call('sales');
    world.now += 60_000;
    expect([urgent, first, second, sale].map((id) => world.explain(id).position)).toEqual([1, 2, 3, 1]);
    const best = world.core.waiting(['support', 'sales', 'nowhere'], 3, world.now).map((said) => said.itemId);
    expect(best).toEqual([urgent, sale, first]);
  });

  it('R31 says when something changes next', () => {
    world.queue('support', {
      tiersMs: [0, 9_000],
      overflow: [{ when: 'waited', value: 4_000, to: { kind: 'queue', queueId: 'nowhere' } }],
    });
    const item = call();
    expect(world.explain(item).changesAt).toBe(world.now + 4_000);
    world.advance(4_000);
    expect(world.explain(item).changesAt).toBe(world.now + 5_000);
    world.advance(5_000);
    expect(world.explain(item)).toMatchObject({ changesAt: undefined, tier: 9 });
  });
});

const chosen: Record<OfferWhy, () => void> = {
  'only-agent': () => {
    world.agent('a');
    world.call('direct', { onlyAgent: 'a' });
  },
  preferred: () => {
    world.agent('a', 'support');
    world.call('support', { preferred: { agentId: 'a', holdMs: 0 } });
  },
  ...(Object.fromEntries(
    offerWhySchema.options.slice(2).map((strategy) => [
      strategy,
      () => {
        world.queue('support', { strategy: strategy as 'linear' });
        world.agent('a', 'support');
        call();
      },
    ]),
  ) as Record<Exclude<OfferWhy, 'only-agent' | 'preferred'>, () => void>),
};

describe('R31 why this agent', () => {
  it.each(offerWhySchema.options)('R31 %s', (why) => {
    chosen[why]();
    expect(world.offer('a')).toMatchObject({ why, among: 1 });
    expect(world.facts('offer.made')).toMatchObject([{ why, among: 1 }]);
  });

  it('R31 among how many it was chosen', () => {
    for (const id of ['a', 'b', 'c']) world.agent(id, 'support');
    call();
    call();
    expect([world.offer('a')?.among, world.offer('b')?.among]).toEqual([3, 2]);
  });

  it('R19 R31 with all: only the preferred agent is told so', () => {
    world.queue('support', { strategy: 'ring-all' });
    for (const id of ['a', 'b']) world.agent(id, 'support');
    world.call('support', { preferred: { agentId: 'b', holdMs: 0 } });
    expect([world.offer('a')?.why, world.offer('b')?.why]).toEqual(['ring-all', 'preferred']);
  });
});
