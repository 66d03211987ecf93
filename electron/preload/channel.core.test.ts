import { describe, expect, it } from 'vitest';
import { toPage, toShell } from '#shared/contract/ipc.ts';
import { Channel } from './channel.core.ts';

describe('channel to the page', () => {
  it('tells everybody who listens, until they unsubscribe', () => {
    const channel = new Channel(false);
    const heard: string[] = [];
    const off = channel.listen((value) => heard.push(`a${value}`));
    channel.listen((value) => heard.push(`b${value}`));
    channel.say('1');
    off();
    channel.say('2');
    expect(heard).toEqual(['a1', 'b1', 'b2']);
  });
  it('keeps the last word for the first listener, once, where that is wanted', () => {
    const channel = new Channel(true);
    channel.say('1');
    channel.say('2');
    const heard: string[] = [];
    channel.listen((value) => heard.push(value));
    channel.listen((value) => heard.push(`again ${value}`));
    expect(heard).toEqual(['2']);
  });
  it('otherwise forgets: an old answer must not answer a new offer', () => {
    const channel = new Channel(false);
    channel.say('offer_1');
    const heard: string[] = [];
    channel.listen((value) => heard.push(value));
    expect(heard).toEqual([]);
  });
});

describe('E5: messages are parsed', () => {
  it('refuses what the contract does not know', () => {
    const offer = { offerId: 'offer_1', title: 'Li Wei', body: 'Support' };
    expect(toShell['cordboard:notify-offer'].safeParse(offer).success).toBe(true);
    expect(toShell['cordboard:notify-offer'].safeParse({ ...offer, offerId: '<b>' }).success).toBe(false);
    expect(toShell['cordboard:notify-offer'].safeParse({ ...offer, title: 'x'.repeat(201) }).success).toBe(
      false,
    );
    expect(toShell['cordboard:set-badge'].safeParse(-1).success).toBe(false);
    expect(toPage['cordboard:tel'].safeParse('sip:x').success).toBe(false);
  });
});
