-- Identity: friends, blocks, what roles may do, days of activity, rate limits of apps.
-- The same tables, columns and indexes as migrations/postgres/0002_identity.sql; see docs/adr/0002.

-- A friendship is two rows. Uid and birth of the friend, which never change, stand here so that an index can keep the
-- order of lists.
create table friends (
    app               text    not null,
    user_key          integer not null references users (id) on delete cascade,
    friend_key        integer not null references users (id) on delete cascade,
    friend_uid        text    not null,
    friend_created_at integer not null,
    since             integer not null,
    primary key (app, user_key, friend_key)
) strict, without rowid;
create index friends_user on friends (user_key, app, (friend_created_at / 1000) desc, friend_uid);
create index friends_friend on friends (friend_key, app);

create table blocks (
    app         text    not null,
    user_key    integer not null references users (id) on delete cascade,
    blocked_key integer not null references users (id) on delete cascade,
    blocked_at  integer not null,
    primary key (app, user_key, blocked_key)
) strict, without rowid;
create index blocks_user on blocks (user_key, app, blocked_at desc, blocked_key desc);
create index blocks_blocked on blocks (blocked_key, app);

create table restricted_features (
    app        text    not null,
    role       text    not null,
    feature    text    not null,
    created_at integer not null,
    primary key (app, role, feature),
    foreign key (app, role) references roles (app, role) on delete cascade
) strict, without rowid;

-- Only what differs from the defaults. A value is JSON text.
create table permissions (
    app        text    not null,
    role       text    not null,
    permission text    not null,
    value      text    not null,
    updated_at integer not null,
    primary key (app, role, permission),
    foreign key (app, role) references roles (app, role) on delete cascade
) strict, without rowid;

-- Who was active on which day of UTC, counted from 1970. Numbers only, and they outlive the users: what was counted
-- stays counted.
create table activity_days (
    app      text    not null,
    day      integer not null,
    user_key integer not null,
    first_at integer not null,
    last_at  integer not null,
    primary key (app, day, user_key)
) strict, without rowid;

alter table apps add column core_per_minute integer;
alter table apps add column standard_per_minute integer;
