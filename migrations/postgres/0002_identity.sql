-- Identity: friends, blocks, what roles may do, days of activity, rate limits of apps.
-- The same tables, columns and indexes as migrations/sqlite/0002_identity.sql; see docs/adr/0002.

-- A friendship is two rows. Uid and birth of the friend, which never change, stand here so that an index can keep the
-- order of lists.
create table friends (
    app               text collate "C" not null,
    user_key          bigint not null,
    friend_key        bigint not null,
    friend_uid        text collate "C" not null,
    friend_created_at bigint not null,
    since             bigint not null,
    primary key (app, user_key, friend_key),
    foreign key (app, user_key) references users (app, id) on delete cascade,
    foreign key (app, friend_key) references users (app, id) on delete cascade
);
create index friends_user on friends (user_key, app, (friend_created_at / 1000) desc, friend_uid);
create index friends_friend on friends (friend_key, app);

create table blocks (
    app         text collate "C" not null,
    user_key    bigint not null,
    blocked_key bigint not null,
    blocked_at  bigint not null,
    primary key (app, user_key, blocked_key),
    foreign key (app, user_key) references users (app, id) on delete cascade,
    foreign key (app, blocked_key) references users (app, id) on delete cascade
);
create index blocks_user on blocks (user_key, app, blocked_at desc, blocked_key desc);
create index blocks_blocked on blocks (blocked_key, app);

create table restricted_features (
    app        text collate "C" not null,
    role       text collate "C" not null,
    feature    text collate "C" not null,
    created_at bigint not null,
    primary key (app, role, feature),
    foreign key (app, role) references roles (app, role) on delete cascade
);

-- Only what differs from the defaults. A value is JSON text.
create table permissions (
    app        text collate "C" not null,
    role       text collate "C" not null,
    permission text collate "C" not null,
    value      text   not null,
    updated_at bigint not null,
    primary key (app, role, permission),
    foreign key (app, role) references roles (app, role) on delete cascade
);

-- Who was active on which day of UTC, counted from 1970. Numbers only, and they outlive the users: what was counted
-- stays counted.
create table activity_days (
    app      text collate "C" not null,
    day      bigint not null,
    user_key bigint not null,
    first_at bigint not null,
    last_at  bigint not null,
    primary key (app, day, user_key)
);

alter table apps add column core_per_minute bigint;
alter table apps add column standard_per_minute bigint;
