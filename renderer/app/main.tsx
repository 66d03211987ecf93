import './no-eval.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { usePreferences } from '../stores/preferences.ts';
import { loadSession } from '../stores/session.ts';
import { App } from './app.tsx';
import { listenToStores } from './desk-session.ts';
import { startLanguages } from './languages/index.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
await startLanguages(usePreferences.getState().language);
listenToStores();
void loadSession();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
