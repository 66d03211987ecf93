import { Menu, nativeImage, Tray } from 'electron';
import { drawIcon, type TrayState } from './icon.core.ts';
import type { Words } from './words.ts';

const SIZE = 16;

function image(state: TrayState): Electron.NativeImage {
  const picture = nativeImage.createFromBitmap(drawIcon(state, SIZE), { width: SIZE, height: SIZE });
  picture.addRepresentation({
    scaleFactor: 2,
    width: SIZE * 2,
    height: SIZE * 2,
    buffer: nativeImage
      .createFromBitmap(drawIcon(state, SIZE * 2), { width: SIZE * 2, height: SIZE * 2 })
      .toPNG(),
  });
  return picture;
}

/** The icon beside the clock; returns what sets its state. Undefined where the system has no tray. */
export function openTray(
  words: Words,
  open: () => void,
  quit: () => void,
): ((state: TrayState) => void) | undefined {
  let tray: Tray;
  try {
    tray = new Tray(image('unreachable'));
  } catch {
    return undefined;
  }
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: words.open, click: open },
      { type: 'separator' },
      { label: words.quit, click: quit },
    ]),
  );
  tray.on('click', open);
  return (state) => {
    tray.setImage(image(state));
    tray.setToolTip(`Cordboard: ${words[state]}`);
  };
}
