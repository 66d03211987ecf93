/** Where the desktop looks for its server when nobody says otherwise. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export type ServerUrl = { readonly origin: string } | { readonly problem: string };

/**
 * The origin of the server from a setting. Plain http is for this machine alone: elsewhere a password and a voice
 * would cross the network readable. A path, query or credentials are refused rather than dropped.
 */
export function parseServerUrl(text: string | undefined): ServerUrl {
  const given = text?.trim() || DEFAULT_SERVER;
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    return { problem: `not a URL: ${given}` };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { problem: 'must begin with https://' };
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return { problem: 'http:// is for this machine only; use https://' };
  if (url.username || url.password) return { problem: 'must hold no user name or password' };
  if (url.pathname !== '/' || url.search || url.hash) return { problem: 'must be only a host and a port' };
  return { origin: url.origin };
}

/** Is this address one of the server's pages? */
export function isServerPage(address: string, origin: string): boolean {
  try {
    return new URL(address).origin === origin;
  } catch {
    return false;
  }
}

/** What a page of the server may be granted: the microphone and notifications, nothing more, and nobody else. */
export function permissionGranted(request: {
  readonly permission: string;
  readonly from: string;
  readonly origin: string;
  /** Kinds of media asked for; video is none of ours, and a request for the screen names no kind at all. */
  readonly media?: readonly string[];
}): boolean {
  if (!isServerPage(request.from, request.origin)) return false;
  if (request.permission === 'notifications') return true;
  const { permission, media = [] } = request;
  return permission === 'media' && media.length > 0 && media.every((kind) => kind === 'audio');
}
