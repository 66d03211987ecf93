import { type CSSVariablesResolver, createTheme } from '@mantine/core';

const chinese = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC"';
const sans = `"Inter", "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", ${chinese}, sans-serif`;

/** Calm and dense; shades chosen so that white text on a filled button has a contrast of 4.5 to 1 or more. */
export const theme = createTheme({
  primaryColor: 'cobalt',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: sans,
  fontFamilyMonospace: '"Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontFamily: sans, fontWeight: '600' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  focusRing: 'auto',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '6px', sm: '10px', md: '14px', lg: '20px', xl: '28px' },
  respectReducedMotion: true,
  colors: {
    dark: [
      '#dfe5ec',
      '#b6c0cb',
      '#9eaab7',
      '#75818e',
      '#3a4651',
      '#2e3842',
      '#1f262e',
      '#1a2027',
      '#12161b',
      '#0c0f13',
    ],
    // What ends or silences a call, and what answers one.
    alarm: [
      '#fde7e4',
      '#fbd0ca',
      '#f5a99f',
      '#ef7d70',
      '#e5584a',
      '#d63d2e',
      '#c62d1f',
      '#b42318',
      '#8f1b12',
      '#6e130c',
    ],
    confirm: [
      '#e0f4e8',
      '#c3e9d2',
      '#93d6ae',
      '#5fc188',
      '#35a867',
      '#1f8f50',
      '#187f46',
      '#14713d',
      '#0f5a30',
      '#0a4324',
    ],
    cobalt: [
      '#eaf2fc',
      '#d3e3f8',
      '#a6c6f0',
      '#76a8e9',
      '#4d8de2',
      '#337cdd',
      '#2470d2',
      '#17549e',
      '#134888',
      '#0d386c',
    ],
  },
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true } },
  },
});

/** Colours of the states, in both schemes: `ink` is text or a dot on the surface, `wash` a background under that text. */
const states = {
  idle: { light: ['#14713d', '#e0f4e8'], dark: ['#5fd193', '#12301f'] },
  offered: { light: ['#8a5200', '#fdeecf'], dark: ['#f6bd5c', '#3a2a0c'] },
  'on-work': { light: ['#17549e', '#e3eefb'], dark: ['#84b6f3', '#142a45'] },
  'wrap-up': { light: ['#6b3fa0', '#f0e8fa'], dark: ['#c3a0ee', '#2a1d3d'] },
  'not-ready': { light: ['#8a4b08', '#fbeadb'], dark: ['#eda868', '#382413'] },
  'not-responding': { light: ['#b42318', '#fde7e4'], dark: ['#ff9086', '#431a16'] },
  offline: { light: ['#56606b', '#eceff2'], dark: ['#a5afba', '#252b32'] },
} as const;

const stateVariables = (scheme: 'light' | 'dark') =>
  Object.fromEntries(
    Object.entries(states).flatMap(([state, colours]) => [
      [`--state-${state}`, colours[scheme][0]],
      [`--state-${state}-wash`, colours[scheme][1]],
    ]),
  );

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...stateVariables('light'),
    '--mantine-color-text': '#1b232c',
    '--mantine-color-dimmed': '#55606c',
    '--mantine-color-placeholder': '#66707b',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': '#b42318',
    '--focus': '#17549e',
    '--surface': '#ffffff',
    '--surface-sunk': '#f3f5f7',
    '--surface-hover': '#eef2f6',
    '--line': '#d8dee5',
    '--line-strong': '#7b8794',
    '--rail': '#14263c',
    '--rail-ink': '#c7d3e2',
    '--rail-on': '#ffffff',
    '--rail-on-wash': '#2a4468',
    '--good': '#14713d',
    '--warn': '#8a5200',
    '--bad': '#b42318',
    '--bad-fill': '#b42318',
    '--good-fill': '#14713d',
  },
  dark: {
    ...stateVariables('dark'),
    '--mantine-color-text': '#dfe5ec',
    '--mantine-color-dimmed': '#9eaab7',
    '--mantine-color-placeholder': '#8e9aa7',
    '--mantine-color-body': '#171c22',
    '--mantine-color-error': '#ff9086',
    '--mantine-color-anchor': '#84b6f3',
    '--focus': '#84b6f3',
    '--surface': '#1a2027',
    '--surface-sunk': '#12161b',
    '--surface-hover': '#232b34',
    '--line': '#2e3842',
    '--line-strong': '#75818e',
    '--rail': '#0d1218',
    '--rail-ink': '#9fb0c3',
    '--rail-on': '#ffffff',
    '--rail-on-wash': '#21354e',
    '--good': '#5fd193',
    '--warn': '#f6bd5c',
    '--bad': '#ff9086',
    '--bad-fill': '#b42318',
    '--good-fill': '#14713d',
  },
});
