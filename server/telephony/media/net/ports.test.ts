import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { evenPorts, fromAnother, PortPool } from './ports.ts';
import { isPrivate } from './rtp-path.ts';

/** Even, and another one for each process: several runs may share the machine. */
const base = 48_000 + (process.pid % 400) * 40;

let pool: PortPool | undefined;
afterEach(() => pool?.close());

/** A pool on loopback whose clock is `time.now`. */
function open(ports: readonly number[]) {
  const time = { now: 0 };
  pool = new PortPool('127.0.0.1', ports, () => time.now);
  return { pool, time };
}

describe('the port pool', () => {
  it('M1: lends even ports, shared out among the threads without overlap', () => {
    expect(evenPorts(20_001, 20_008, 0, 2)).toEqual([20_002, 20_006]);
    expect(evenPorts(20_001, 20_008, 1, 2)).toEqual([20_004, 20_008]);
    expect(evenPorts(20_001, 20_001, 0, 1)).toEqual([]);
  });

  it('M1: another beginning leaves no port out', () => {
    expect(fromAnother([2, 4, 6, 8], 3)).toEqual([8, 2, 4, 6]);
    expect(fromAnother([2, 4], 0)).toEqual([2, 4]);
  });

  it('M1: a port that was given back rests while a fresh one can be had', async () => {
    const { pool, time } = open([base, base + 2]);
    const first = await pool.acquire();
    pool.release(first);
    pool.release(first);
    const second = await pool.acquire();
    expect([first.port, second.port]).toEqual([base, base + 2]);
    time.now = 10;
    expect((await pool.acquire()).port).toBe(base);
    expect(pool.used).toBe(2);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'media.no-ports' });
  });

  it('M1: after its rest a bound port comes before a bind', async () => {
    const { pool, time } = open([base + 10, base + 12]);
    pool.release(await pool.acquire());
    time.now = 3000;
    expect((await pool.acquire()).port).toBe(base + 10);
  });

  it('M1: a port that something else holds is passed over, and tried again later', async () => {
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(base + 20, '127.0.0.1', resolve));
    const { pool, time } = open([base + 20, base + 22]);
    expect((await pool.acquire()).port).toBe(base + 22);
    await expect(pool.acquire()).rejects.toThrow('EADDRINUSE');
    await new Promise<void>((resolve) => other.close(resolve));
    time.now = 30_000;
    expect((await pool.acquire()).port).toBe(base + 20);
  });

  it('M1: packets for a port that is not lent reach nobody', async () => {
    const { pool, time } = open([base + 30, base + 32]);
    const lent = await pool.acquire();
    const sender = await pool.acquire();
    const heard: string[] = [];
    lent.listen((packet) => heard.push(`first ${packet}`));
    sender.listen((packet) => heard.push(`mark ${packet}`));
    sender.send(Buffer.from('one'), lent.port, '127.0.0.1');
    await expect.poll(() => heard).toEqual(['first one']);
    pool.release(lent);
    sender.send(Buffer.from('two'), lent.port, '127.0.0.1');
    sender.send(Buffer.from('here'), sender.port, '127.0.0.1');
    await expect.poll(() => heard.at(-1)).toBe('mark here');
    time.now = 60; // `two` is of the last call's
    const again = await pool.acquire();
    expect(again.port).toBe(lent.port);
    again.listen((packet) => heard.push(`second ${packet}`));
    sender.send(Buffer.from('three'), lent.port, '127.0.0.1');
    await expect.poll(() => heard).toEqual(['first one', 'mark here', 'second three']);
  });
});

describe('the first packets of a call', () => {
  it('M1: that came just before the leg knew its far end are heard, older ones are not', async () => {
    const { pool, time } = open([base + 34, base + 36]);
    const lent = await pool.acquire();
    const sender = await pool.acquire();
    const heard: string[] = [];
    const marks: string[] = [];
    sender.listen((packet) => marks.push(String(packet)));
    const send = async (text: string): Promise<void> => {
      sender.send(Buffer.from(text), lent.port, '127.0.0.1');
      sender.send(Buffer.from(text), sender.port, '127.0.0.1');
      await expect.poll(() => marks.at(-1)).toBe(text);
    };
    await send('old');
    time.now = 51;
    await send('new');
    lent.listen((packet) => heard.push(String(packet)));
    await send('now');
    await expect.poll(() => heard).toEqual(['new', 'now']);
  });
});

describe('addresses behind a router', () => {
  it('M2: are the private ranges, and no others', () => {
    const inside = [
      '10.1.2.3',
      '172.16.0.1',
      '172.31.9.9',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.1.1',
      'fd00::1',
      'fe80::1',
    ];
    const outside = ['127.0.0.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2001:db8::1'];
    expect(inside.filter((address) => !isPrivate(address))).toEqual([]);
    expect(outside.filter(isPrivate)).toEqual([]);
  });
});
