/** The headers a browser adds by itself, which pages cannot forge. */
export interface OriginHeaders {
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/**
 * False when a browser says that another site's page sent this. Programs send neither header and are let through:
 * they have no cookies that a foreign page could misuse. `host`: as the client addressed us, with its port.
 */
export function sameOrigin(headers: OriginHeaders, host: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).host === host.toLowerCase();
  } catch {
    return false; // `null` comes from sandboxed frames and files
  }
}
