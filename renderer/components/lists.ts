import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { endpoints } from '#shared/contract/index.ts';
import { call } from '../stores/api.ts';
import { useNames } from './default-names.ts';

type Lists = z.output<typeof endpoints.lists.response>;
const none: Lists = { queues: [], dispositions: [], reasons: [] };

/** Queues, dispositions and not-ready reasons; empty until they have come. */
export function useLists(): Lists {
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => call(endpoints.lists), staleTime: 300_000 });
  return lists.data ?? none;
}

/** What a not-ready reason is called; its id until the lists have come, nothing for none. */
export function useReason(): (id: string | null) => string {
  const { reasons } = useLists();
  const named = useNames();
  return (id) => named('reason', reasons.find((reason) => reason.id === id) ?? null) || (id ?? '');
}
