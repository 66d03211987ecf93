import { Button } from '@mantine/core';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';
import { Empty } from '../components/empty.tsx';

/** A page that fails must not take the call with it: the phone and the rest of the desk go on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: string | undefined }> {
  override state: { failed: string | undefined } = { failed: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.failed === undefined) return this.props.children;
    return (
      <Empty title={i18next.t('errors.page')}>
        <p>{this.state.failed}</p>
        <Button variant="light" onClick={() => this.setState({ failed: undefined })}>
          {i18next.t('common.retry')}
        </Button>
      </Empty>
    );
  }
}
