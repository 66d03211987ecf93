import type { ivrEn } from './en.ts';

export const ivrZhCN: typeof ivrEn = {
  facts: { 'flow.menu-left': '离开菜单' },
  names: {
    number: { '4000': '主菜单', '4001': '技术支持', '4002': '销售', '4003': '账务', '4010': '回声测试' },
  },
};
