import '../../app/no-eval.ts';
import '@mantine/core/styles.css';
import '../../app/base.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLanguages } from '../../app/languages/index.ts';
import { Providers } from '../../app/providers.tsx';
import { usePreferences } from '../../stores/preferences.ts';
import { CallPage } from './call-page.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('call.html has no #root');
await startLanguages(usePreferences.getState().language);
createRoot(root).render(
  <StrictMode>
    <Providers>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: 2 } } })}>
        <CallPage />
      </QueryClientProvider>
    </Providers>
  </StrictMode>,
);
