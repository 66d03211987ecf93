import i18next from 'i18next';
import { useEffect } from 'react';
import { useHashLocation } from 'wouter/use-hash-location';
import { ask } from '../stores/questions.ts';
import { letGo, useUnsaved } from '../stores/unsaved.ts';

/** The page's address; it stands still while unsaved changes would be lost by leaving, until the person has answered. */
export function useGuardedLocation(): ReturnType<typeof useHashLocation> {
  const [location, navigate] = useHashLocation();
  const kept = useUnsaved((s) => s.at);
  return [kept ?? location, navigate];
}
useGuardedLocation.hrefs = (href: string) => `#${href}`;

/** Asks whoever leaves unsaved changes by any way: a link, a key, the browser's own buttons. */
export function LeaveGuard() {
  const [location, navigate] = useHashLocation();
  const kept = useUnsaved((s) => s.at);
  const leaving = kept !== undefined && kept !== location;
  useEffect(() => {
    if (!leaving) return;
    void ask({
      title: i18next.t('admin.leaveTitle'),
      text: i18next.t('admin.leaveText'),
      yes: i18next.t('admin.leaveYes'),
      no: i18next.t('admin.leaveNo'),
      danger: true,
    }).then((leave) => (leave ? letGo() : navigate(kept, { replace: true })));
  }, [leaving, kept, navigate]);
  return null;
}
