insert into public.channels values (1, 'public'), (2, 'random');
