import type { CDPSession, Page } from 'playwright-core';

/** Roles that a person operates (WAI-ARIA 1.2): each must say what it is. */
const OPERABLE = new Set([
  'button',
  'checkbox',
  'combobox',
  'link',
  'listbox',
  'menuitem',
  'menuitemcheckbox',
  'menuitemradio',
  'option',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
  'switch',
  'tab',
  'textbox',
]);
/** And what must say what it shows. */
const NAMED = new Set([...OPERABLE, 'dialog', 'image', 'img', 'meter', 'progressbar']);

const sessions = new WeakMap<Page, CDPSession>();
async function devtools(page: Page): Promise<CDPSession> {
  const known = sessions.get(page);
  if (known) return known;
  const session = await page.context().newCDPSession(page);
  sessions.set(page, session);
  return session;
}

/** Everything that breaks a rule on the page as it is now, one line each; an empty list is a page without findings. */
export async function audit(page: Page): Promise<string[]> {
  return [...(await unnamed(page)), ...(await poorContrast(page)), ...(await smallTargets(page))];
}

/** WCAG 2.2, 4.1.2: nodes of the accessibility tree without a name. */
async function unnamed(page: Page): Promise<string[]> {
  const session = await devtools(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const found: string[] = [];
  let operable = 0;
  for (const node of nodes) {
    const role = String(node.role?.value ?? '');
    if (node.ignored || !NAMED.has(role)) continue;
    if (OPERABLE.has(role)) operable += 1;
    if (String(node.name?.value ?? '').trim() !== '') continue;
    const { node: dom } = await session.send('DOM.describeNode', {
      ...(node.backendDOMNodeId === undefined ? {} : { backendNodeId: node.backendDOMNodeId }),
    });
    // A bare drawing is decoration (SVG-AAM 5.1.2); one that claims a role must say what it shows.
    if (dom.localName === 'svg' && !dom.attributes?.includes('role')) continue;
    found.push(`no name: ${role} <${dom.localName} ${(dom.attributes ?? []).join(' ')}>`);
  }
  // A page that shows nothing must not pass as one without faults.
  return operable > 0 ? found : ['nothing on this page can be operated'];
}

/** WCAG 2.2, 1.4.3: text, values and placeholders with less than 4.5 to 1, or 3 to 1 if large. */
function poorContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number];
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    if (pen === null) throw new Error('no canvas');
    const known = new Map<string, Colour>();
    const parse = (css: string): Colour => {
      let colour = known.get(css);
      if (colour === undefined) {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = css;
        pen.fillRect(0, 0, 1, 1);
        const [r = 0, g = 0, b = 0, a = 0] = pen.getImageData(0, 0, 1, 1).data;
        colour = [r, g, b, a / 255];
        known.set(css, colour);
      }
      return colour;
    };
    const over = (top: Colour, below: Colour, opacity = 1): Colour => {
      const a = top[3] * opacity;
      const mix = (i: 0 | 1 | 2) => top[i] * a + below[i] * (1 - a);
      return [mix(0), mix(1), mix(2), 1];
    };
    // WCAG 2.2, relative luminance and contrast ratio
    const luminance = (colour: Colour): number => {
      const linear = (i: 0 | 1 | 2) => {
        const c = colour[i] / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
    };
    const ratio = (a: Colour, b: Colour): number => {
      const [x, y] = [luminance(a), luminance(b)];
      return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    };
    /** What is seen where `element` paints `ink` on its background, and beside it; each opacity dims its whole group. */
    const painted = (element: Element, ink: Colour): { text: Colour; ground: Colour } => {
      const chain: Element[] = [];
      for (let e: Element | null = element; e !== null; e = e.parentElement) chain.unshift(e);
      const paint = (index: number, below: Colour): { text: Colour; ground: Colour } => {
        const at = chain[index];
        if (at === undefined) return { text: over(ink, below), ground: below };
        const style = getComputedStyle(at);
        const opacity = Number(style.opacity);
        const inner = paint(index + 1, over(parse(style.backgroundColor), below));
        return { text: over(inner.text, below, opacity), ground: over(inner.ground, below, opacity) };
      };
      return paint(0, [255, 255, 255, 1]);
    };
    const found = new Set<string>();
    const check = (element: Element, style: CSSStyleDeclaration, words: string) => {
      if (element.closest(':disabled, [aria-disabled="true"], [data-disabled="true"]') !== null) return;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
      const { text, ground } = painted(element, parse(style.color));
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const measured = ratio(text, ground);
      if (measured >= (large ? 3 : 4.5)) return;
      const rgb = (c: Colour) => c.slice(0, 3).map(Math.round).join(',');
      found.add(`contrast ${measured.toFixed(2)}: "${words.slice(0, 40)}" ${rgb(text)} on ${rgb(ground)}`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const words = node.textContent?.trim() ?? '';
      const parent = node.parentElement;
      if (words === '' || parent === null || parent.closest('script, style, option') !== null) continue;
      const box = parent.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue; // for screen readers alone
      check(parent, getComputedStyle(parent), words);
    }
    for (const field of document.querySelectorAll<HTMLInputElement>('input, textarea, select')) {
      if (field.value !== '') check(field, getComputedStyle(field), field.value);
      else if (field.placeholder) check(field, getComputedStyle(field, '::placeholder'), field.placeholder);
    }
    return [...found];
  });
}

/** WCAG 2.2, 2.5.8: targets smaller than 24 by 24 px that are not links in running text. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const LEAST = 24;
    const selector =
      'a[href], button, input, select, textarea, summary, [role="button"], [role="menuitem"], [role="option"], [role="slider"], [role="switch"], [tabindex="0"]';
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>(selector)) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(':disabled')) continue;
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      const box = element.getBoundingClientRect();
      if (box.width === 0) continue;
      if (box.width >= LEAST && box.height >= LEAST) continue;
      if (element.tagName === 'A' && getComputedStyle(element).display === 'inline') continue;
      // A label, or something drawn over the element and belonging to it, may make the target larger.
      const x = box.left + box.width / 2;
      const y = box.top + box.height / 2;
      const reach = LEAST / 2 - 0.5;
      const hits = [
        [x - reach, y - reach],
        [x + reach, y - reach],
        [x - reach, y + reach],
        [x + reach, y + reach],
      ].every(([atX = 0, atY = 0]) => {
        const hit = document.elementFromPoint(atX, atY);
        if (hit === null) return false;
        const label = hit.closest('label');
        return element.contains(hit) || (label !== null && label.control === element);
      });
      if (!hits)
        found.push(
          `target ${box.width.toFixed(0)}x${box.height.toFixed(0)}: <${element.tagName.toLowerCase()}> ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`,
        );
    }
    return found;
  });
}

interface Stop {
  readonly id: number;
  readonly what: string;
  /** Contrast of the ring against what it is drawn on; undefined where the style shows none. */
  readonly ring: number | undefined;
}

/**
 * Walks the page with the Tab key, once around: findings are stops without a visible focus (WCAG 2.2, 2.4.7 and
 * 1.4.11), and controls that the key never reaches (2.1.1).
 */
export async function walk(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.removeAllRanges();
  });
  const found: string[] = [];
  const reached = new Set<number>();
  let last: number | undefined;
  for (let press = 0; press < 400; press++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(focusStop);
    if (stop === null) continue; // the browser's own controls, between the last stop and the first
    if (stop.id === last) continue; // inside one element: the parts of a date or of an audio player
    if (reached.has(stop.id)) break; // once around
    last = stop.id;
    reached.add(stop.id);
    const visible = stop.ring === undefined ? await changesPicture(page) : stop.ring >= 3;
    if (!visible) found.push(`focus not visible (${stop.ring?.toFixed(2) ?? 'no ring'}): ${stop.what}`);
  }
  if (reached.size === 0) return ['the Tab key reaches nothing'];
  return [...found, ...(await page.evaluate(neverReached, [...reached]))];
}

/** The element that has the focus, in the page. */
function focusStop(): Stop | null {
  const element = document.activeElement as HTMLElement | null;
  if (element === null || element === document.body) return null;
  const all = window as unknown as { stops?: WeakMap<Element, number>; stopCount?: number };
  all.stops ??= new WeakMap();
  let id = all.stops.get(element);
  if (id === undefined) {
    id = (all.stopCount ?? 0) + 1;
    all.stopCount = id;
    all.stops.set(element, id);
  }
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d');
  const rgba = (css: string): number[] => {
    if (pen === null) return [0, 0, 0, 0];
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = colour.map((value) => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (from: Element | null): readonly number[] => {
    for (let e = from; e !== null; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if ((colour[3] ?? 0) > 250) return colour;
    }
    return [255, 255, 255];
  };
  let ring: number | undefined;
  for (const pseudo of [undefined, '::after', '::before']) {
    const style = getComputedStyle(element, pseudo);
    if (style.outlineStyle === 'none' || Number.parseFloat(style.outlineWidth) < 2) continue;
    // A ring inside the edge lies on the element itself, one outside on what is around it.
    const ground = behind(Number.parseFloat(style.outlineOffset) < 0 ? element : element.parentElement);
    const [x, y] = [luminance(rgba(style.outlineColor)), luminance(ground)];
    ring = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    break;
  }
  const words = element.getAttribute('aria-label') ?? element.dataset.testid ?? element.textContent ?? '';
  return { id, what: `<${element.tagName.toLowerCase()}> ${words.trim().slice(0, 40)}`, ring };
}

/** Where the style shows no outline: does the picture around the element change with the focus at all? */
async function changesPicture(page: Page): Promise<boolean> {
  const element = await page.evaluateHandle(() => document.activeElement as HTMLElement);
  const box = await element.asElement()?.boundingBox();
  if (!box) return false;
  const clip = {
    x: Math.max(0, box.x - 6),
    y: Math.max(0, box.y - 6),
    width: box.width + 12,
    height: box.height + 12,
  };
  const shot = () => page.screenshot({ clip, animations: 'disabled', caret: 'hide' });
  const focused = await shot();
  await element.evaluate((node) => node.blur());
  const blurred = await shot();
  await element.evaluate((node) => node.focus({ preventScroll: true }));
  return !focused.equals(blurred);
}

/** Controls that can be seen and have a place in the order, but were no stop. */
function neverReached(ids: readonly number[]): string[] {
  const { stops } = window as unknown as { stops?: WeakMap<Element, number> };
  const found: string[] = [];
  const selector = 'a[href], button, input, select, textarea, [role="slider"], [tabindex="0"]';
  for (const element of document.querySelectorAll<HTMLElement>(selector)) {
    if (element.tabIndex < 0 || element.matches(':disabled')) continue;
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest('[inert]') !== null)
      continue;
    if (element.matches('[type="radio"]')) continue; // one stop for the whole group
    if (!ids.includes(stops?.get(element) ?? -1))
      found.push(
        `never reached by Tab: <${element.tagName.toLowerCase()}> ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}`,
      );
  }
  return found;
}
