import { ActionIcon, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconLanguage, IconMoon, IconSun } from '../../components/icons.ts';
import { usePreferences } from '../../stores/preferences.ts';

export function LanguageSwitch() {
  const { t } = useTranslation();
  const language = usePreferences((s) => s.language);
  const set = usePreferences((s) => s.set);
  return (
    <Tooltip label={t('language.switchTo')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('language.switchTo')}
        data-testid="language-toggle"
        onClick={() => set({ language: language === 'en' ? 'zh-CN' : 'en' })}
      >
        <IconLanguage size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

export function SchemeSwitch() {
  const { t } = useTranslation();
  const scheme = usePreferences((s) => s.scheme);
  const set = usePreferences((s) => s.set);
  const label = t(scheme === 'light' ? 'theme.toDark' : 'theme.toLight');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        data-testid="theme-toggle"
        onClick={() => set({ scheme: scheme === 'light' ? 'dark' : 'light' })}
      >
        {scheme === 'light' ? <IconMoon size={18} /> : <IconSun size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}
