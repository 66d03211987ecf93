import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Router } from 'wouter';
import { Empty } from '../components/empty.tsx';
import { QuestionDialog } from '../components/question-dialog.tsx';
import { SignIn } from '../features/sign-in/sign-in.tsx';
import { ProblemError } from '../stores/api.ts';
import { takeFirstSip, useSession } from '../stores/session.ts';
import { runDesk } from './desk-session.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { LeaveGuard, useGuardedLocation } from './leave-guard.ts';
import { Providers } from './providers.tsx';
import { Routes } from './routes.tsx';
import { Shell } from './shell.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // Only what may be better the next time is tried again.
      retry: (count, error) =>
        count < 3 &&
        error instanceof ProblemError &&
        (error.code === 'network' || error.code === 'overloaded'),
    },
  },
});

export function App() {
  return (
    <Providers>
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <Router hook={useGuardedLocation}>
          <Root />
          <QuestionDialog />
          <LeaveGuard />
        </Router>
      </QueryClientProvider>
    </Providers>
  );
}

function Root() {
  const { t } = useTranslation();
  const status = useSession((s) => s.status);
  const userId = useSession((s) => s.user?.id);
  const signedIn = status === 'in' && userId !== undefined;
  useEffect(() => {
    if (!signedIn) return;
    return runDesk(takeFirstSip(), queries);
  }, [signedIn]);
  if (status === 'checking') return <Empty>{t('signIn.checking')}</Empty>;
  if (!signedIn) {
    return <SignIn />;
  }
  return (
    <Shell>
      <ErrorBoundary>
        <Routes />
      </ErrorBoundary>
    </Shell>
  );
}
