export { deskRoom } from './desk.module.ts';
export { type DeskLine, tellDesks } from './desk.updates.ts';
export { type DeskSources, type WorkListOf, workList } from './desk.views.ts';
