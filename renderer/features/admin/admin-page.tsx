import { Button, Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Redirect, useLocation, useParams } from 'wouter';
import { Empty } from '../../components/empty.tsx';
import { problemText } from '../../components/problems.ts';
import { type RoutingData, useRouting } from '../../components/routing-data.ts';
import { useMay } from '../../stores/session.ts';
import classes from './admin.module.css';
import { AgentsTab } from './agents/agents-tab.tsx';
import { DispositionsTab } from './dispositions-tab.tsx';
import { HoursTab } from './hours/hours-tab.tsx';
import { ReasonsTab, SkillsTab } from './named-tabs.tsx';
import { ProfilesTab } from './profiles/profiles-tab.tsx';
import { QueuesTab } from './queues/queues-tab.tsx';
import type { TabProps } from './things.tsx';

const tabs = {
  queues: QueuesTab,
  skills: SkillsTab,
  profiles: ProfilesTab,
  agents: AgentsTab,
  hours: HoursTab,
  reasons: ReasonsTab,
  dispositions: DispositionsTab,
} satisfies Record<string, (props: TabProps) => React.ReactNode>;
type Tab = keyof typeof tabs;
const order = Object.keys(tabs) as Tab[];

/** What an administrator sets for routing. Supervisors look, and may change agents. */
export function AdminPage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { tab, id } = useParams<{ tab?: string; id?: string }>();
  const routing = useRouting();
  const manages = useMay('routing.manage');
  const managesAgents = useMay('work.manage');
  const shown = order.find((one) => one === tab);
  if (shown === undefined) return <Redirect to="/admin/queues" replace />;
  return (
    <div className={classes.page} data-testid="admin">
      <header className={classes.head}>
        <h1 className={classes.title}>{t('admin.title')}</h1>
        {manages ? null : (
          <span className="dimmed">{t(managesAgents ? 'admin.readOnlyAgents' : 'admin.readOnly')}</span>
        )}
      </header>
      <Tabs
        value={shown}
        onChange={(next) => navigate(`/admin/${next}`)}
        activateTabWithKeyboard={false}
        className={classes.tabs}
      >
        <Tabs.List aria-label={t('admin.title')}>
          {order.map((one) => (
            <Tabs.Tab key={one} value={one} data-testid={`admin-tab-${one}`}>
              {t(`admin.tabs.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown} className={classes.panel} tabIndex={-1}>
          {routing.data === undefined ? (
            <Unready error={routing.error} retry={() => void routing.refetch()} />
          ) : (
            <Shown tab={shown} data={routing.data} id={id} />
          )}
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Shown({ tab, data, id }: { tab: Tab; data: RoutingData; id: string | undefined }) {
  const Content = tabs[tab];
  return <Content key={tab} data={data} id={id} />;
}

function Unready({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  if (error === null) return <Empty>{t('common.loading')}</Empty>;
  const { text, code } = problemText(error);
  return (
    <Empty title={text}>
      <p>{t('common.code', { code })}</p>
      <Button variant="light" onClick={retry}>
        {t('common.retry')}
      </Button>
    </Empty>
  );
}
