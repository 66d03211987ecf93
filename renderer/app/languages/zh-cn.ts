import { appZhCN } from '#shared/words/app/zh-cn.ts';
import { callsZhCN } from '#shared/words/calls/zh-cn.ts';
import { composeWords } from '#shared/words/compose.ts';
import { customersZhCN } from '#shared/words/customers/zh-cn.ts';
import { interactionsZhCN } from '#shared/words/interactions/zh-cn.ts';
import { ivrZhCN } from '#shared/words/ivr/zh-cn.ts';
import { peopleZhCN } from '#shared/words/people/zh-cn.ts';
import { routingZhCN } from '#shared/words/routing/zh-cn.ts';
import { supervisionZhCN } from '#shared/words/supervision/zh-cn.ts';
import type { en } from './en.ts';

export const zhCN: typeof en = composeWords([
  appZhCN,
  peopleZhCN,
  customersZhCN,
  interactionsZhCN,
  routingZhCN,
  callsZhCN,
  ivrZhCN,
  supervisionZhCN,
]);
