import { MantineProvider } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { usePreferences } from '../stores/preferences.ts';
import { switchLanguage } from './languages/index.ts';
import { theme, variables } from './theme.ts';

/** Colours and words as the person set them, on both pages. */
export function Providers({ children }: { children: ReactNode }) {
  const scheme = usePreferences((s) => s.scheme);
  const language = usePreferences((s) => s.language);
  useEffect(() => void switchLanguage(language), [language]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} forceColorScheme={scheme}>
      {children}
    </MantineProvider>
  );
}
