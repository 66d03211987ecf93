import { Redirect, Route, Switch } from 'wouter';
import { AdminPage } from '../features/admin/admin-page.tsx';
import { BoardPage } from '../features/board/board-page.tsx';
import { CustomersPage } from '../features/customers/customers-page.tsx';
import { HistoryPage } from '../features/history/history-page.tsx';
import { useMay } from '../stores/session.ts';
import { DeskPage } from './desk-page.tsx';

/** Addresses stand behind the `#`, so that a reload of any of them asks the server for the same one page. */
export function Routes() {
  const seesBoard = useMay('board.read');
  const seesSetup = useMay('routing.read');
  return (
    <Switch>
      <Route path="/" component={DeskPage} />
      <Route path="/history/:id?" component={HistoryPage} />
      <Route path="/customers/:id?" component={CustomersPage} />
      {seesBoard ? <Route path="/board" component={BoardPage} /> : null}
      {seesSetup ? <Route path="/admin/:tab?/:id?" component={AdminPage} /> : null}
      <Route>
        <Redirect to="/" replace />
      </Route>
    </Switch>
  );
}
