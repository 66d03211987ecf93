import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SIP_WS_PATH, SOCKET_PATH } from '#shared/contract/kit.ts';

/**
 * Several rooms take WebSocket upgrades off one HTTP server, each its own path and none touching the others'.
 * This one refuses what belongs to nobody (it would hang for ever), and closes what is left at the end.
 */
export function watchUpgrades(http: Server): { close(): void } {
  const open = new Set<Duplex>();
  http.on('upgrade', (request, socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy()); // whoever takes it listens too; before that a reset must not throw
    const path = request.url?.split('?', 1)[0] ?? '';
    if (belongs(path, SIP_WS_PATH) || path.startsWith(SOCKET_PATH)) return;
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return {
    close: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

const belongs = (path: string, to: string): boolean => path === to || path === `${to}/`;
