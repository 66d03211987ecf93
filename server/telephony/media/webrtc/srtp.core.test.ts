import { describe, expect, it } from 'vitest';
import { RtpHeader, SrtpSession } from 'werift';
import { deriveKey, SrtpReceiver, SrtpSender, srtpLengths, srtpProfiles } from './srtp.core.ts';

const profiles = [srtpProfiles.aes128CmSha1, srtpProfiles.aes128Gcm] as const;

function keys(profile: (typeof profiles)[number]) {
  const { key, salt } = srtpLengths(profile);
  return [Buffer.alloc(key, 0x5a), Buffer.alloc(salt, 0xc3)] as const;
}

function rtp(sequence: number, ssrc = 0xcafebabe): Buffer {
  const packet = Buffer.alloc(172, sequence & 0xff);
  packet.set([0x80, 0], 0);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(sequence * 160, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

describe('SRTP', () => {
  it('M10: derives the session keys of RFC 3711 B.3', () => {
    const master = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139', 'hex');
    const salt = Buffer.from('0EC675AD498AFEEBB6960B3AABE6', 'hex');
    expect(deriveKey(master, salt, 0, 16).toString('hex')).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(deriveKey(master, salt, 2, 14).toString('hex')).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(deriveKey(master, salt, 1, 20).toString('hex')).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  });

  it.each(profiles)(
    'M10: profile %i: another implementation opens what we protect, and the other way round',
    (profile) => {
      const [key, salt] = keys(profile);
      const other = new SrtpSession({
        keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt },
        profile,
      });
      const sender = new SrtpSender(profile, key, salt);
      const receiver = new SrtpReceiver(profile, key, salt);
      for (const sequence of [65_534, 65_535, 65_536]) {
        const plain = rtp(sequence);
        expect(other.decrypt(sender.protect(plain))).toEqual(plain);
        const header = RtpHeader.deSerialize(plain);
        expect(receiver.unprotect(other.encrypt(plain.subarray(12), header))).toEqual(plain);
      }
    },
  );

  it.each(profiles)(
    'M10: profile %i: forged, doubled and too old packets are dropped, late ones are not',
    (profile) => {
      const [key, salt] = keys(profile);
      const sender = new SrtpSender(profile, key, salt);
      const sent = Array.from({ length: 300 }, (_, i) => sender.protect(rtp(65_400 + i)));
      const at = (i: number) => sent[i] ?? Buffer.alloc(0);
      const receiver = new SrtpReceiver(profile, key, salt);
      const opened = (i: number) => receiver.unprotect(at(i)) !== undefined;
      expect([opened(0), opened(0), opened(2), opened(1), opened(1)]).toEqual([
        true,
        false,
        true,
        true,
        false,
      ]);
      const forged = Buffer.from(at(3));
      forged[20] = (forged[20] ?? 0) ^ 1;
      expect(receiver.unprotect(forged)).toBeUndefined();
      expect(opened(3)).toBe(true);
      for (let i = 4; i < 290; i++) expect(opened(i)).toBe(true);
      expect([opened(295), opened(293), opened(100), opened(299)]).toEqual([true, true, false, true]);
      expect(receiver.unprotect(Buffer.alloc(15, 0x80))).toBeUndefined();
      expect(receiver.unprotect(Buffer.alloc(0))).toBeUndefined();
      expect(
        new SrtpReceiver(profile, salt.length === 12 ? Buffer.alloc(16) : Buffer.alloc(16), salt).unprotect(
          at(0),
        ),
      ).toBeUndefined();
    },
  );
});
