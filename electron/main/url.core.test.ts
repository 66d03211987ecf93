import { describe, expect, it } from 'vitest';
import { DEFAULT_SERVER, isServerPage, parseServerUrl, permissionGranted } from './url.core.ts';

describe('E1: the server that may be shown', () => {
  it.each([
    [undefined, DEFAULT_SERVER],
    ['', DEFAULT_SERVER],
    ['http://localhost:9000', 'http://localhost:9000'],
    ['http://127.8.8.8/', 'http://127.8.8.8'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://Desk.Example.org', 'https://desk.example.org'],
  ])('%s is taken as %s', (text, origin) => {
    expect(parseServerUrl(text)).toEqual({ origin });
  });
  it.each([
    'http://desk.example.org',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://10.0.0.1:8080',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:pass@desk.example.org',
    'https://desk.example.org/path',
    'https://desk.example.org/?q',
    'desk',
  ])('%s is refused', (text) => {
    expect(parseServerUrl(text)).toHaveProperty('problem');
  });
  it('another port, scheme or host is not the server', () => {
    const origin = 'https://desk.example.org';
    expect(isServerPage('https://desk.example.org/call?x=1', origin)).toBe(true);
    for (const other of [
      'https://desk.example.org:444/',
      'http://desk.example.org/',
      'https://desk.example.org.evil.example/',
      'https://desk.example.org@evil.example/',
      'data:text/html,x',
      'about:blank',
      '',
    ])
      expect(isServerPage(other, origin), other).toBe(false);
  });
});

describe('E2: what the page may be granted', () => {
  const origin = 'http://127.0.0.1:8080';
  const ask = (permission: string, from = `${origin}/`, media?: string[]) =>
    permissionGranted({ permission, from, origin, ...(media ? { media } : {}) });

  it('the microphone and notifications', () => {
    expect(ask('media', undefined, ['audio'])).toBe(true);
    expect(ask('notifications')).toBe(true);
  });
  it('not the screen: a request for it names no kind', () => {
    expect(ask('media', undefined, [])).toBe(false);
    expect(ask('media')).toBe(false);
  });
  it('no camera', () => {
    expect(ask('media', undefined, ['video'])).toBe(false);
    expect(ask('media', undefined, ['audio', 'video'])).toBe(false);
  });
  it.each([
    'geolocation',
    'display-capture',
    'midi',
    'hid',
    'serial',
    'usb',
    'clipboard-read',
    'openExternal',
    'fullscreen',
  ])('not %s', (permission) => {
    expect(ask(permission)).toBe(false);
  });
  it('nothing for another origin', () => {
    expect(ask('media', 'http://127.0.0.1:8081/', ['audio'])).toBe(false);
    expect(ask('notifications', 'https://evil.example/')).toBe(false);
  });
});
