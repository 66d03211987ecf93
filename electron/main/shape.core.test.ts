import { describe, expect, it } from 'vitest';
import { drawIcon, type TrayState } from './icon.core.ts';
import { DEFAULT_SIZE, MINIMUM_SIZE, placeWindow } from './window-state.core.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1040 };

describe('where the window opens', () => {
  it('first time: the default size, place left to the system', () => {
    expect(placeWindow(undefined, [screen])).toEqual(DEFAULT_SIZE);
  });
  it('where it was', () => {
    const saved = { x: 100, y: 50, width: 1400, height: 900 };
    expect(placeWindow(saved, [screen])).toEqual(saved);
  });
  it('not on a screen that is gone, nor with its title bar out of reach', () => {
    const size = { width: 1400, height: 900 };
    expect(placeWindow({ x: 2500, y: 50, ...size }, [screen])).toEqual(size);
    expect(placeWindow({ x: 100, y: 1030, ...size }, [screen])).toEqual(size);
    expect(placeWindow({ x: 100, y: -300, ...size }, [screen])).toEqual(size);
  });
  it('never smaller than usable', () => {
    expect(placeWindow({ x: 0, y: 0, width: 10, height: 10 }, [screen])).toMatchObject(MINIMUM_SIZE);
  });
});

describe('tray icon', () => {
  it('has another shape in every state', () => {
    const states: TrayState[] = ['unreachable', 'ready', 'offer'];
    const alphas = states.map((state) =>
      [...drawIcon(state, 16)].filter((_byte, index) => index % 4 === 3).join(),
    );
    expect(new Set(alphas).size).toBe(3);
    expect(drawIcon('ready', 16)).toHaveLength(16 * 16 * 4);
  });
});
