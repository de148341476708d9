-- Two webinars: one that anybody signed in may enter, one for those registered beforehand.
insert into public.webinars (id, title, starts_at, open_registration) values
    (149402, 'AI 특허리서치 실무 활용 웨비나', '2026-02-06 13:30+09', true),
    (149403, '특허 명세서 작성 심화 과정', '2026-02-13 13:30+09', false)
on conflict (id) do nothing;
