export { ClientTransaction, type ClientUser, NOBODY } from './client.ts';
export { TransactionLayer, type ViaPrefix } from './layer.ts';
export { ServerTransaction, type ServerUser } from './server.ts';
export { T1, T2, TIMEOUT } from './tables.core.ts';
