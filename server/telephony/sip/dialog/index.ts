export { acceptsSdp, parseReplaces, sdpOf } from './body.core.ts';
export { ALLOW_LINE, type DialogCore, dialogKey, SUPPORTED_LINE } from './core.ts';
export { Dialog } from './dialog.ts';
export { receiveAck, receiveInDialog } from './inbound.ts';
export { IncomingCall, sessionOf } from './incoming.ts';
export { Limbo } from './limbo.ts';
export { OutgoingCall } from './outgoing.ts';
export { MIN_SE } from './session.core.ts';
