export { Authenticator, type Verdict } from './auth.ts';
export { Bindings } from './bindings.core.ts';
export * from './digest.core.ts';
export { Nonces } from './nonces.core.ts';
export { Registrar } from './registrar.ts';
