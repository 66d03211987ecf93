import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { en } from '../app/languages/en.ts';
import { zhCN } from '../app/languages/zh-cn.ts';
import { shownName } from './default-names.ts';

const english = i18next.createInstance();
const chinese = i18next.createInstance();
beforeAll(async () => {
  const resources = { en: { translation: en }, 'zh-CN': { translation: zhCN } };
  await english.init({ lng: 'en', fallbackLng: 'en', resources });
  await chinese.init({ lng: 'zh-CN', fallbackLng: 'en', resources });
});

describe('names that a new centre begins with', () => {
  it('L6: are said in the language of the viewer', () => {
    expect(shownName(chinese, 'queue', { id: 'support', name: 'Support' })).toBe('技术支持');
    expect(shownName(chinese, 'disposition', { id: 'no-sale', name: 'No sale' })).toBe('未成交');
    expect(shownName(chinese, 'reason', { id: 'lunch', name: 'Lunch' })).toBe('午餐');
    expect(shownName(chinese, 'number', { id: '4000', name: 'Main menu' })).toBe('主菜单');
    expect(shownName(english, 'queue', { id: 'support', name: 'Support' })).toBe('Support');
  });
  it('L7: give way to the name an administrator chose, in both languages', () => {
    const renamed = { id: 'support', name: 'Second line' };
    expect(shownName(chinese, 'queue', renamed)).toBe('Second line');
    expect(shownName(english, 'queue', renamed)).toBe('Second line');
  });
  it('L8: belong to an id and a kind: the same word elsewhere is left alone', () => {
    expect(shownName(chinese, 'queue', { id: 'emea', name: 'Support' })).toBe('Support');
    expect(shownName(chinese, 'reason', { id: 'support', name: 'Support' })).toBe('Support');
    expect(shownName(chinese, 'queue', { id: 'toString', name: 'Support' })).toBe('Support');
  });
  it('L9: are every one of them other words in Chinese', () => {
    const same = Object.entries(en.names).flatMap(([kind, names]) =>
      Object.entries(names).filter(
        ([id, name]) => shownName(chinese, kind as keyof typeof en.names, { id, name }) === name,
      ),
    );
    expect(same).toEqual([]);
  });
});
