BEGIN TRANSACTION;
CREATE TABLE added_sources (
	id TEXT NOT NULL, 
	url TEXT NOT NULL, 
	name TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	weight FLOAT NOT NULL, 
	added_by TEXT NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_added_sources PRIMARY KEY (id)
);
INSERT INTO "added_sources" VALUES('added','https://example.org/added.xml','Added','',1.0,'ines','2026-11-21 06:00:00.000000');
CREATE TABLE address_changes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	subscriber_id INTEGER NOT NULL, 
	email TEXT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT fk_address_changes_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
INSERT INTO "address_changes" VALUES(1,1,'ada@example.net','2026-11-20 06:00:00.000000');
CREATE TABLE admin_links (
	token_hash TEXT NOT NULL, 
	admin_id INTEGER NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_admin_links PRIMARY KEY (token_hash), 
	CONSTRAINT fk_admin_links_admin_id FOREIGN KEY(admin_id) REFERENCES admins (id) ON DELETE CASCADE
);
INSERT INTO "admin_links" VALUES('l',1,'2026-11-21 06:00:00.000000');
CREATE TABLE admin_passkeys (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	admin_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	credential BLOB NOT NULL, 
	public_key BLOB NOT NULL, 
	sign_count BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT fk_admin_passkeys_admin_id FOREIGN KEY(admin_id) REFERENCES admins (id) ON DELETE CASCADE, 
	CONSTRAINT uq_admin_passkeys_credential UNIQUE (credential)
);
INSERT INTO "admin_passkeys" VALUES(1,1,'phone',X'01',X'01',0,'2026-11-21 06:00:00.000000',NULL);
CREATE TABLE admin_sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	token_hash TEXT NOT NULL, 
	admin_id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	confirmed_at DATETIME NOT NULL, 
	address TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	CONSTRAINT fk_admin_sessions_admin_id FOREIGN KEY(admin_id) REFERENCES admins (id) ON DELETE CASCADE, 
	CONSTRAINT uq_admin_sessions_token_hash UNIQUE (token_hash)
);
INSERT INTO "admin_sessions" VALUES(1,'t',1,'2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000','127.0.0.1','Firefox');
CREATE TABLE admins (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	password_hash TEXT DEFAULT '' NOT NULL, 
	totp_secret TEXT DEFAULT '' NOT NULL, 
	totp_step BIGINT DEFAULT '0' NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	CONSTRAINT uq_admins_email UNIQUE (email), 
	CONSTRAINT uq_admins_name UNIQUE (name)
);
INSERT INTO "admins" VALUES(1,'ines@example.org','ines','owner','','',0,'2026-11-21 06:00:00.000000','command');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0040');
CREATE TABLE alerts (
	newsletter TEXT NOT NULL, 
	story_id INTEGER NOT NULL, 
	told_at DATETIME NOT NULL, 
	subscribers INTEGER NOT NULL, 
	CONSTRAINT pk_alerts PRIMARY KEY (newsletter, story_id), 
	CONSTRAINT fk_alerts_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "alerts" VALUES('daily',1,'2026-11-21 06:00:00.000000',1);
CREATE TABLE api_answers (
	token_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	request_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	status INTEGER, 
	headers JSON, 
	body BLOB, 
	CONSTRAINT pk_api_answers PRIMARY KEY (token_id, "key"), 
	CONSTRAINT fk_api_answers_token_id FOREIGN KEY(token_id) REFERENCES api_tokens (id) ON DELETE CASCADE
);
INSERT INTO "api_answers" VALUES(1,'k','h','2026-11-21 06:00:00.000000',201,'[]',X'01');
CREATE TABLE api_tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	role TEXT NOT NULL, 
	scopes JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	revoked_by TEXT, 
	used_at DATETIME, 
	CONSTRAINT uq_api_tokens_name UNIQUE (name), 
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);
INSERT INTO "api_tokens" VALUES(1,'wall','h','viewer','["issues:read"]','2026-11-21 06:00:00.000000','ines','2026-11-21 06:00:00.000000',NULL,NULL,NULL);
CREATE TABLE approvals (
	id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	date DATE NOT NULL, 
	content JSON NOT NULL, 
	rendered JSON NOT NULL, 
	content_hash TEXT NOT NULL, 
	changes_seen INTEGER NOT NULL, 
	approved_by TEXT NOT NULL, 
	approved_at DATETIME NOT NULL, 
	final_at DATETIME NOT NULL, 
	ended_by TEXT, 
	ended_at DATETIME, 
	end_reason TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_approvals PRIMARY KEY (id)
);
INSERT INTO "approvals" VALUES(1,'daily','2026-11-22','{}','{}','h',1,'ines','2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000','ines','2026-11-21 06:00:00.000000','pulled back');
CREATE TABLE attempts (
	issue_id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	state TEXT NOT NULL, 
	server TEXT, 
	code INTEGER, 
	reply TEXT, cause TEXT, 
	CONSTRAINT pk_attempts PRIMARY KEY (issue_id, subscriber_id, attempt), 
	CONSTRAINT fk_attempts_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "attempts" VALUES(1,2,1,'2026-11-20 06:00:00.000000','deferred','relay',451,'451 4.7.1 later',NULL);
INSERT INTO "attempts" VALUES(2,2,1,'2026-11-21 06:00:00.000000','in doubt',NULL,NULL,NULL,'worker-died');
CREATE TABLE audit_log (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	who TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	"before" JSON, 
	"after" JSON
);
INSERT INTO "audit_log" VALUES(1,'2026-11-21 06:00:00.000000','ines','desk','issue headline','daily/2026-11-22','["Old"]','["New"]');
CREATE TABLE bounces (
	id INTEGER NOT NULL, 
	message_hash TEXT NOT NULL, 
	address_hash TEXT NOT NULL, 
	subscriber_id INTEGER, 
	issue_id INTEGER, 
	kind TEXT NOT NULL, 
	status TEXT, 
	reason TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	CONSTRAINT pk_bounces PRIMARY KEY (id), 
	CONSTRAINT fk_bounces_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id), 
	CONSTRAINT uq_bounces_message_hash_address_hash UNIQUE (message_hash, address_hash)
);
INSERT INTO "bounces" VALUES(1,'smtp 1.2','686b5e4cf4f963adf8f51468a48028ef8d15bd02fa335f821279a3d1678c9615',2,1,'soft',NULL,'451 4.7.1 later','2026-11-21 06:00:00.000000');
CREATE TABLE comments (
	id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	date DATE NOT NULL, 
	text TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_comments PRIMARY KEY (id)
);
CREATE TABLE connection_slots (
	backend TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	worker TEXT NOT NULL, 
	held INTEGER NOT NULL, 
	wanted INTEGER NOT NULL, 
	CONSTRAINT pk_connection_slots PRIMARY KEY (backend, resource, worker), 
	CONSTRAINT fk_connection_slots_worker FOREIGN KEY(worker) REFERENCES workers (id) ON DELETE CASCADE
);
INSERT INTO "connection_slots" VALUES('relay','connections','w1',1,1);
CREATE TABLE consents (
	id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	how TEXT NOT NULL, 
	words TEXT NOT NULL, 
	network TEXT, 
	asked_at DATETIME, 
	given_at DATETIME NOT NULL, 
	CONSTRAINT pk_consents PRIMARY KEY (id), 
	CONSTRAINT fk_consents_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
INSERT INTO "consents" VALUES(1,1,'daily','web','Please mail Daily to this address.',NULL,NULL,'2026-11-20 06:00:00.000000');
CREATE TABLE corrections (
	id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	headline TEXT NOT NULL, 
	bullets JSON NOT NULL, 
	headline_before TEXT NOT NULL, 
	bullets_before JSON NOT NULL, 
	note TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_corrections PRIMARY KEY (id), 
	CONSTRAINT fk_corrections_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "corrections" VALUES(1,1,'Probe lands softly','[]','Probe lands','[]','It did not crash.','ines','2026-11-21 06:00:00.000000');
CREATE TABLE deliveries (
	issue_id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	worker TEXT, 
	claimed_at DATETIME, 
	finished_at DATETIME, 
	next_attempt_at DATETIME, 
	doubted_at DATETIME, 
	code INTEGER, 
	reply TEXT, server TEXT, due_at DATETIME DEFAULT '1970-01-01 00:00:00.000000' NOT NULL, since DATE, cause TEXT, 
	CONSTRAINT pk_deliveries PRIMARY KEY (issue_id, subscriber_id), 
	CONSTRAINT fk_deliveries_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "deliveries" VALUES(1,1,'sent',1,NULL,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',NULL,NULL,250,'250 ok','relay','2026-11-20 06:00:00.000000',NULL,NULL);
INSERT INTO "deliveries" VALUES(1,2,'failed',5,NULL,'2026-11-20 06:00:00.000000','2026-11-21 06:00:00.000000',NULL,NULL,451,'451 4.7.1 later',NULL,'2026-11-20 06:00:00.000000',NULL,'gave-up');
INSERT INTO "deliveries" VALUES(1,3,'failed',0,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,'gave-up');
INSERT INTO "deliveries" VALUES(1,4,'suppressed',0,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,'unsubscribed');
INSERT INTO "deliveries" VALUES(1,5,'skipped',1,NULL,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL);
INSERT INTO "deliveries" VALUES(1,6,'suppressed',0,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,'erased');
INSERT INTO "deliveries" VALUES(2,1,'sending',1,'w1','2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL);
INSERT INTO "deliveries" VALUES(2,2,'in doubt',1,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,'2026-11-21 09:00:00.000000',NULL,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,'worker-died');
INSERT INTO "deliveries" VALUES(2,3,'merged',0,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,'late');
INSERT INTO "deliveries" VALUES(2,4,'merged',0,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,'same-date');
INSERT INTO "deliveries" VALUES(2,5,'deferred',1,NULL,'2026-11-21 06:00:00.000000',NULL,'2026-11-21 09:00:00.000000',NULL,451,'451 soon',NULL,'2026-11-21 06:00:00.000000',NULL,NULL);
CREATE TABLE delivery_counts (
	issue_id INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	due_at DATETIME NOT NULL, 
	part INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	CONSTRAINT pk_delivery_counts PRIMARY KEY (issue_id, state, due_at, part), 
	CONSTRAINT fk_delivery_counts_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "delivery_counts" VALUES(1,'failed','1970-01-01 00:00:00.000000',0,2);
INSERT INTO "delivery_counts" VALUES(1,'sent','1970-01-01 00:00:00.000000',0,1);
INSERT INTO "delivery_counts" VALUES(1,'skipped','1970-01-01 00:00:00.000000',0,1);
INSERT INTO "delivery_counts" VALUES(1,'suppressed','1970-01-01 00:00:00.000000',0,2);
INSERT INTO "delivery_counts" VALUES(2,'deferred','1970-01-01 00:00:00.000000',0,1);
INSERT INTO "delivery_counts" VALUES(2,'doubted','1970-01-01 00:00:00.000000',0,1);
INSERT INTO "delivery_counts" VALUES(2,'in doubt','1970-01-01 00:00:00.000000',0,1);
INSERT INTO "delivery_counts" VALUES(2,'merged','1970-01-01 00:00:00.000000',0,2);
INSERT INTO "delivery_counts" VALUES(2,'sending','1970-01-01 00:00:00.000000',0,1);
CREATE TABLE edits (
	id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	date DATE NOT NULL, 
	kind TEXT NOT NULL, 
	story_id INTEGER, 
	lines JSON NOT NULL, 
	"before" JSON NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	undone_by TEXT, 
	undone_at DATETIME, picture JSON, turns INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_edits PRIMARY KEY (id)
);
INSERT INTO "edits" VALUES(1,'daily','2026-11-22','headline',2,'["A new headline"]','["Probe lands"]','ada','2026-11-21 12:00:00.000000',NULL,NULL,NULL,0);
INSERT INTO "edits" VALUES(2,'daily','2026-11-22','hold',NULL,'["wait"]','[]','ada','2026-11-21 12:00:00.000000','ben','2026-11-21 12:05:00.000000',NULL,0);
INSERT INTO "edits" VALUES(3,'daily','2026-11-23','hour',NULL,'["07:30"]','[]','ines','2026-11-21 06:00:00.000000',NULL,NULL,NULL,0);
CREATE TABLE feeds (
	source TEXT NOT NULL, 
	configured TEXT NOT NULL, 
	url TEXT NOT NULL, 
	title TEXT, 
	etag TEXT DEFAULT '' NOT NULL, 
	last_modified TEXT DEFAULT '' NOT NULL, 
	next_at DATETIME, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	last_success DATETIME, 
	last_error TEXT DEFAULT '' NOT NULL, 
	error_since DATETIME, 
	gone BOOLEAN DEFAULT 0 NOT NULL, 
	paused BOOLEAN DEFAULT 0 NOT NULL, 
	quarantine TEXT, 
	quarantined_at DATETIME, 
	first_seen DATETIME, 
	CONSTRAINT pk_feeds PRIMARY KEY (source)
);
INSERT INTO "feeds" VALUES('elm','https://elm.example/feed','https://elm.example/feed',NULL,'','',NULL,0,NULL,'',NULL,0,0,NULL,NULL,NULL);
CREATE TABLE installation (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	home TEXT NOT NULL, 
	claimed BIGINT NOT NULL, 
	claimed_at DATETIME, 
	ran_at DATETIME, 
	CONSTRAINT pk_installation PRIMARY KEY (number)
);
CREATE TABLE issue_figures (
	issue_id INTEGER NOT NULL, 
	records TEXT NOT NULL, 
	name TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	count BIGINT NOT NULL, 
	CONSTRAINT pk_issue_figures PRIMARY KEY (issue_id, records, name, cause), 
	CONSTRAINT fk_issue_figures_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "issue_figures" VALUES(1,'deliveries','sent','',1);
CREATE TABLE issue_stories (
	newsletter TEXT NOT NULL, 
	story_id INTEGER NOT NULL, 
	issue_id INTEGER NOT NULL, 
	CONSTRAINT pk_issue_stories PRIMARY KEY (newsletter, story_id), 
	CONSTRAINT fk_issue_stories_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id), 
	CONSTRAINT fk_issue_stories_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "issue_stories" VALUES('daily',1,1);
INSERT INTO "issue_stories" VALUES('daily',2,2);
CREATE TABLE issues (
	id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	date DATE NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	content JSON, 
	content_hash TEXT, 
	rendered JSON, 
	created_at DATETIME NOT NULL, 
	sealed_at DATETIME, 
	finished_at DATETIME, cause TEXT, paused_at DATETIME, editors_told TEXT DEFAULT '' NOT NULL, dead_links JSON, deliveries_ended_at DATETIME, 
	CONSTRAINT pk_issues PRIMARY KEY (id), 
	CONSTRAINT uq_issues_newsletter_date UNIQUE (newsletter, date)
);
INSERT INTO "issues" VALUES(1,'daily','2026-11-20','sent','','{"newsletter": "daily", "date": "2026-11-20", "subject": "Probe lands", "preheader": "One fact.", "topics": [{"id": "space", "title": "Space", "parent": null, "keywords": [], "colour": "#1f5fbf"}], "stories": [{"id": 1, "headline": "Probe lands", "bullets": ["One fact.", "Another."], "topic": "space", "source_count": 1, "sources": [{"name": "Elm Post", "url": null}], "collected_at": "2026-11-20T06:00:00Z", "dated": null, "dropped": null, "image": null, "topic_reason": "keyword"}], "more": []}','c1','{"nonce": "n0nce", "html": {"a": "<p>hello</p>"}, "text": {"a": "hello"}}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000','2026-11-21 09:00:00.000000',NULL,NULL,'',NULL,'2026-11-21 06:00:00.000000');
INSERT INTO "issues" VALUES(2,'daily','2026-11-21','sending','','{"newsletter": "daily", "date": "2026-11-21", "subject": "Probe lands", "preheader": "One fact.", "topics": [{"id": "space", "title": "Space", "parent": null, "keywords": [], "colour": "#1f5fbf"}], "stories": [{"id": 2, "headline": "Probe lands", "bullets": ["One fact.", "Another."], "topic": "space", "source_count": 1, "sources": [{"name": "Elm Post", "url": null}], "collected_at": "2026-11-20T06:00:00Z", "dated": null, "dropped": null, "image": null, "topic_reason": "keyword"}], "more": []}','c2','{"nonce": "n0nce", "html": {"a": "<p>hello</p>"}, "text": {"a": "hello"}}','2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000',NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "issues" VALUES(3,'daily','2026-11-19','skipped','story 1: a link is broken',NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,'day-over',NULL,'',NULL,NULL);
INSERT INTO "issues" VALUES(4,'daily','2026-11-18','skipped','nothing new',NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,'',NULL,NULL);
CREATE TABLE merge_rules (
	first INTEGER NOT NULL, 
	second INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_merge_rules PRIMARY KEY (first, second), 
	CONSTRAINT fk_merge_rules_first FOREIGN KEY(first) REFERENCES reports (id), 
	CONSTRAINT fk_merge_rules_second FOREIGN KEY(second) REFERENCES reports (id)
);
INSERT INTO "merge_rules" VALUES(1,2,'apart','2026-11-20 06:00:00.000000');
CREATE TABLE milestones (
	name TEXT NOT NULL, 
	reached_at DATETIME NOT NULL, 
	CONSTRAINT pk_milestones PRIMARY KEY (name)
);
INSERT INTO "milestones" VALUES('tick','2026-11-21 06:00:00.000000');
CREATE TABLE notices (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	newsletter TEXT NOT NULL, 
	email TEXT NOT NULL, 
	name TEXT NOT NULL, 
	language TEXT, 
	details JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	worker TEXT, 
	next_attempt_at DATETIME, 
	finished_at DATETIME, 
	server TEXT, 
	code INTEGER, 
	reply TEXT
, cause TEXT, address_hash TEXT DEFAULT '' NOT NULL);
INSERT INTO "notices" VALUES(1,'confirm','daily','Fay@Example.org','',NULL,'{"signup": 1, "topics": []}','2026-11-20 06:00:00.000000','pending',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'61376c15857d5dacc354feadebc80c406640573fad942195704fb8630a2ab858');
INSERT INTO "notices" VALUES(2,'welcome','daily','dee@example.org','',NULL,'{"subscriber": 4}','2026-11-20 06:00:00.000000','suppressed',0,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,'unsubscribed','b6e81874b8017c9e41c6707ec59fb38e846916bcc98ba5f2d0f593edf10e4096');
INSERT INTO "notices" VALUES(3,'welcome','daily','ada@example.org','',NULL,'{"subscriber": 1}','2026-11-20 06:00:00.000000','failed',3,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,'451 later','gave-up','cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d');
INSERT INTO "notices" VALUES(4,'welcome','old','ada@example.org','',NULL,'{"subscriber": 1}','2026-11-20 06:00:00.000000','skipped',1,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,'cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d');
INSERT INTO "notices" VALUES(5,'welcome','daily','ada@example.org','',NULL,'{"subscriber": 1}','2026-11-20 06:00:00.000000','in doubt',1,NULL,NULL,NULL,NULL,NULL,NULL,'worker-died','cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d');
INSERT INTO "notices" VALUES(6,'alert','daily','ada@example.org','',NULL,'{"story": 1, "subscriber": 2, "headline": "Probe lands", "bullets": [], "machine_written": false, "count": 3, "sources": []}','2026-11-21 06:00:00.000000','sent',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'');
CREATE TABLE pictures (
	story_id INTEGER NOT NULL, 
	origin TEXT NOT NULL, 
	content_hash TEXT, 
	reason TEXT NOT NULL, 
	tried_at DATETIME NOT NULL, 
	CONSTRAINT pk_pictures PRIMARY KEY (story_id), 
	CONSTRAINT fk_pictures_story_id FOREIGN KEY(story_id) REFERENCES stories (id) ON DELETE CASCADE
);
CREATE TABLE rate_usage (
	backend TEXT NOT NULL, 
	span INTEGER NOT NULL, 
	slice BIGINT NOT NULL, 
	used INTEGER NOT NULL, 
	CONSTRAINT pk_rate_usage PRIMARY KEY (backend, span, slice)
);
INSERT INTO "rate_usage" VALUES('relay',3600,1,2);
CREATE TABLE rejections (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	file TEXT NOT NULL, 
	line INTEGER, 
	reason TEXT NOT NULL, 
	raw_hash TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_rejections PRIMARY KEY (id)
);
INSERT INTO "rejections" VALUES(1,'seeds','a.txt',1,'no headline','r','2026-11-20 06:00:00.000000');
CREATE TABLE "reports" (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	raw_hash TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	content JSON NOT NULL, 
	collected_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	story_id INTEGER, 
	standing TEXT DEFAULT 'told' NOT NULL, 
	guid TEXT, 
	url TEXT, 
	title_hash TEXT, 
	reason TEXT, 
	published DATETIME, 
	features BLOB, text_hash TEXT, emptied_at DATETIME, 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_story_id FOREIGN KEY(story_id) REFERENCES stories (id), 
	CONSTRAINT uq_reports_source_key UNIQUE (source, "key")
);
INSERT INTO "reports" VALUES(1,'seeds','2026-11-20/1.txt','raw1','content1','{"source": "seeds", "key": "2026-11-20/1.txt", "headline": "Probe lands", "bullets": ["One fact."], "source_count": 1}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',1,'told',NULL,NULL,NULL,NULL,NULL,NULL,'text1',NULL);
INSERT INTO "reports" VALUES(2,'seeds','2026-11-20/2.txt','raw2','content2','{"source": "seeds", "key": "2026-11-20/2.txt", "headline": "Probe lands", "bullets": ["One fact."], "source_count": 1}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',2,'told',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE robots (
	origin TEXT NOT NULL, 
	rules JSON NOT NULL, 
	read_at DATETIME NOT NULL, 
	CONSTRAINT pk_robots PRIMARY KEY (origin)
);
INSERT INTO "robots" VALUES('https://elm.example','{"crawl_delay": null, "rules": []}','2026-11-20 06:00:00.000000');
CREATE TABLE schedulers (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_schedulers PRIMARY KEY (id)
);
CREATE TABLE signups (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	newsletter TEXT NOT NULL, 
	email TEXT NOT NULL, 
	address_hash TEXT NOT NULL, 
	name TEXT NOT NULL, 
	topics JSON NOT NULL, 
	timezone TEXT, 
	hour INTEGER, 
	language TEXT, 
	wants_issue BOOLEAN NOT NULL, 
	words TEXT NOT NULL, 
	network TEXT, 
	asked_at DATETIME NOT NULL, 
	mailed_at DATETIME, 
	CONSTRAINT uq_signups_newsletter_address_hash UNIQUE (newsletter, address_hash)
);
INSERT INTO "signups" VALUES(1,'daily','fay@example.org','61376c15857d5dacc354feadebc80c406640573fad942195704fb8630a2ab858','','[]',NULL,NULL,NULL,0,'Please',NULL,'2026-11-20 06:00:00.000000',NULL);
CREATE TABLE "stories" (
	id INTEGER NOT NULL, 
	headline TEXT NOT NULL, 
	bullets JSON NOT NULL, 
	topic TEXT NOT NULL, 
	topic_reason TEXT NOT NULL, 
	dated DATE, 
	dropped DATE, 
	image JSON, 
	sources JSON NOT NULL, 
	source_count INTEGER NOT NULL, 
	collected_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	event_id INTEGER, 
	update_since DATE, 
	differing JSON, 
	weight FLOAT DEFAULT '1' NOT NULL, 
	pinned BOOLEAN DEFAULT 0 NOT NULL, withdrawn_at DATETIME, pin_place INTEGER DEFAULT '0' NOT NULL, origins JSON, bullets_reason TEXT DEFAULT '' NOT NULL, machine_written BOOLEAN DEFAULT 0 NOT NULL, picture JSON, 
	CONSTRAINT pk_stories PRIMARY KEY (id), 
	CONSTRAINT fk_stories_event_id FOREIGN KEY(event_id) REFERENCES stories (id)
);
INSERT INTO "stories" VALUES(1,'Probe lands','["One fact.", "Another."]','space','keyword',NULL,NULL,NULL,'[{"name": "Elm Post", "url": null}]',1,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',NULL,NULL,NULL,1.0,0,NULL,0,NULL,'',0,NULL);
INSERT INTO "stories" VALUES(2,'Probe moves on','["One fact.", "Another."]','space','keyword',NULL,NULL,NULL,'[{"name": "Elm Post", "url": null}]',1,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',1,'2026-11-20',NULL,1.0,0,NULL,0,NULL,'',0,NULL);
CREATE VIRTUAL TABLE story_search USING fts5(headline, sources, body, prefix='3 5');
INSERT INTO story_search (rowid, headline, sources, body) VALUES(1,'probe lands','elm post','one fact another');
INSERT INTO story_search (rowid, headline, sources, body) VALUES(2,'probe moves on','elm post','one fact another');
CREATE TABLE subscribers (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email TEXT NOT NULL, 
	address_hash TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, language TEXT, 
	CONSTRAINT uq_subscribers_address_hash UNIQUE (address_hash)
);
INSERT INTO "subscribers" VALUES(1,'ada@example.org','cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d','','2026-11-20 06:00:00.000000',NULL);
INSERT INTO "subscribers" VALUES(2,'bob@example.org','686b5e4cf4f963adf8f51468a48028ef8d15bd02fa335f821279a3d1678c9615','','2026-11-20 06:00:00.000000',NULL);
INSERT INTO "subscribers" VALUES(3,'cyd@example.org','7c45f5698aa779b4b58b20d15d0a62057f2f118aa0f669382fc9cc190bb107df','','2026-11-20 06:00:00.000000',NULL);
INSERT INTO "subscribers" VALUES(4,'dee@example.org','b6e81874b8017c9e41c6707ec59fb38e846916bcc98ba5f2d0f593edf10e4096','','2026-11-20 06:00:00.000000',NULL);
INSERT INTO "subscribers" VALUES(5,'eve@example.org','39f2b0c720afb91f8d1058eacd9a56f2cee2a0535cc810a46a0b531e6cdd1c08','','2026-11-20 06:00:00.000000',NULL);
CREATE TABLE subscriptions (
	newsletter TEXT NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	topics JSON NOT NULL, 
	timezone TEXT, 
	created_at DATETIME NOT NULL, hour INTEGER, paused_until DATE, layout TEXT, days INTEGER, keywords TEXT, at_least INTEGER, longest_wait INTEGER, likes JSON, alerts BOOLEAN, alerted_at DATETIME, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (newsletter, subscriber_id), 
	CONSTRAINT fk_subscriptions_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
INSERT INTO "subscriptions" VALUES('daily',1,'[]',NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "subscriptions" VALUES('daily',2,'[]',NULL,'2026-11-20 06:00:00.000000',NULL,NULL,'brief',9,'["football"]',3,5,'[["topic:space", 1]]',1,'2026-11-21 06:00:00.000000');
INSERT INTO "subscriptions" VALUES('daily',3,'[]',NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "subscriptions" VALUES('daily',5,'[]',NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE suppressions (
	address_hash TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_suppressions PRIMARY KEY (address_hash)
);
INSERT INTO "suppressions" VALUES('1c4753aad368a5bdcc9401fe4c29f482e69e15183cc4921da3a4d876778a8ec0','erased','2026-11-20 06:00:00.000000');
INSERT INTO "suppressions" VALUES('b6e81874b8017c9e41c6707ec59fb38e846916bcc98ba5f2d0f593edf10e4096','unsubscribed','2026-11-20 06:00:00.000000');
CREATE TABLE topic_labels (
	story_id INTEGER NOT NULL, 
	topic TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_topic_labels PRIMARY KEY (story_id), 
	CONSTRAINT fk_topic_labels_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "topic_labels" VALUES(1,'space','2026-11-20 06:00:00.000000');
CREATE TABLE unsubscribes (
	newsletter TEXT NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	how TEXT NOT NULL, 
	reason TEXT, 
	left_at DATETIME NOT NULL, 
	subscription JSON, 
	CONSTRAINT pk_unsubscribes PRIMARY KEY (newsletter, subscriber_id), 
	CONSTRAINT fk_unsubscribes_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
INSERT INTO "unsubscribes" VALUES('daily',4,'one-click',NULL,'2026-11-20 06:00:00.000000',NULL);
CREATE TABLE waivers (
	id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	date DATE NOT NULL, 
	finding TEXT NOT NULL, 
	words TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_waivers PRIMARY KEY (id), 
	CONSTRAINT uq_waivers_newsletter_date_finding UNIQUE (newsletter, date, finding)
);
INSERT INTO "waivers" VALUES(1,'daily','2026-11-22','alt','no alt text','a drawing','ines','2026-11-21 06:00:00.000000');
CREATE TABLE webhook_messages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	webhook_id INTEGER NOT NULL, 
	event_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	subscriber_id BIGINT, 
	data JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_attempt_at DATETIME NOT NULL, 
	give_up_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	code INTEGER, 
	reply TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT fk_webhook_messages_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
);
INSERT INTO "webhook_messages" VALUES(1,1,'e','subscriber.left','subscriber/2',2,'{}','2026-11-21 06:00:00.000000','waiting',0,'2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000',NULL,NULL,'');
CREATE TABLE webhooks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	url TEXT NOT NULL, 
	kinds JSON NOT NULL, 
	with_addresses BOOLEAN NOT NULL, 
	secret TEXT NOT NULL, 
	old_secret TEXT DEFAULT '' NOT NULL, 
	old_secret_until DATETIME, 
	created_at DATETIME NOT NULL, 
	created_by TEXT NOT NULL, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	failing_since DATETIME, 
	next_attempt_at DATETIME, 
	claimed_by TEXT, 
	claimed_until DATETIME, 
	disabled_at DATETIME, 
	disabled_reason TEXT DEFAULT '' NOT NULL
);
INSERT INTO "webhooks" VALUES(1,'https://hooks.example.org','[]',0,'s','',NULL,'2026-11-21 06:00:00.000000','ines',0,NULL,NULL,NULL,NULL,NULL,'');
CREATE TABLE "workers" (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	born FLOAT NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	issue_id INTEGER, 
	began_at DATETIME, 
	done INTEGER DEFAULT '0' NOT NULL, pid_space TEXT, silence FLOAT, handed_out TEXT, claimed_until DATETIME, 
	CONSTRAINT pk_workers PRIMARY KEY (id), 
	CONSTRAINT fk_workers_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "workers" VALUES('w1','elsewhere',1,1.0,'2026-11-20 06:00:00.000000',2,'2026-11-20 06:00:00.000000',0,NULL,NULL,NULL,NULL);
CREATE INDEX ix_issues_state ON issues (state);
CREATE INDEX ix_deliveries_subscriber_id ON deliveries (subscriber_id);
CREATE INDEX ix_issue_stories_issue_id ON issue_stories (issue_id);
CREATE INDEX ix_subscriptions_subscriber_id ON subscriptions (subscriber_id);
CREATE INDEX ix_attempts_subscriber_id ON attempts (subscriber_id);
CREATE INDEX ix_bounces_address_hash ON bounces (address_hash, received_at);
CREATE INDEX ix_bounces_issue_id_kind ON bounces (issue_id, kind);
CREATE INDEX ix_stories_collected_at ON stories (collected_at);
CREATE INDEX ix_stories_event_id ON stories (event_id);
CREATE INDEX ix_reports_story_id ON reports (story_id);
CREATE INDEX ix_reports_content_hash ON reports (content_hash);
CREATE INDEX ix_reports_published ON reports (published);
CREATE INDEX ix_reports_source_collected_at ON reports (source, collected_at);
CREATE INDEX ix_reports_standing ON reports (standing, source) WHERE standing <> 'told';
CREATE INDEX ix_signups_asked_at ON signups (asked_at);
CREATE INDEX ix_address_changes_subscriber_id ON address_changes (subscriber_id);
CREATE INDEX ix_consents_given_at ON consents (given_at) WHERE network IS NOT NULL;
CREATE INDEX ix_consents_subscriber_id ON consents (subscriber_id);
CREATE INDEX ix_notices_state ON notices (state, next_attempt_at);
CREATE INDEX ix_notices_address_hash ON notices (address_hash);
CREATE INDEX ix_unsubscribes_subscriber_id ON unsubscribes (subscriber_id);
CREATE INDEX ix_pictures_content_hash ON pictures (content_hash);
CREATE INDEX ix_edits_issue ON edits (newsletter, date);
CREATE INDEX ix_admin_links_admin_id ON admin_links (admin_id);
CREATE INDEX ix_admin_links_expires_at ON admin_links (expires_at);
CREATE INDEX ix_admin_sessions_admin_id ON admin_sessions (admin_id);
CREATE INDEX ix_admin_sessions_seen_at ON admin_sessions (seen_at);
CREATE INDEX ix_admin_passkeys_admin_id ON admin_passkeys (admin_id);
CREATE INDEX ix_audit_log_subject ON audit_log (subject);
CREATE INDEX ix_comments_issue ON comments (newsletter, date);
CREATE INDEX ix_approvals_issue ON approvals (newsletter, date);
CREATE INDEX ix_corrections_story_id ON corrections (story_id);
CREATE INDEX ix_subscribers_email ON subscribers (email);
CREATE INDEX ix_bounces_received_at ON bounces (received_at);
CREATE INDEX ix_reports_collected_at ON reports (collected_at) WHERE emptied_at IS NULL;
CREATE INDEX ix_edits_hours ON edits (date) WHERE kind = 'hour';
CREATE INDEX ix_deliveries_turn ON deliveries (issue_id, due_at, subscriber_id) WHERE finished_at IS NULL AND next_attempt_at IS NULL;
CREATE INDEX ix_deliveries_put_off ON deliveries (issue_id, next_attempt_at, subscriber_id) WHERE finished_at IS NULL AND next_attempt_at IS NOT NULL;
CREATE INDEX ix_deliveries_finished_at ON deliveries (issue_id, finished_at, subscriber_id) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_deliveries_cause ON deliveries (issue_id, cause, subscriber_id) WHERE cause IS NOT NULL;
CREATE INDEX ix_api_answers_created_at ON api_answers (created_at);
CREATE INDEX ix_webhook_messages_webhook_id ON webhook_messages (webhook_id, id);
CREATE INDEX ix_webhook_messages_waiting ON webhook_messages (webhook_id, subject, id) WHERE state = 'waiting';
CREATE INDEX ix_webhook_messages_subscriber_id ON webhook_messages (subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX ix_webhook_messages_finished_at ON webhook_messages (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_subscribers_capitals ON subscribers (email) WHERE email <> lower(email);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('notices',6);
INSERT INTO "sqlite_sequence" VALUES('signups',1);
INSERT INTO "sqlite_sequence" VALUES('subscribers',5);
INSERT INTO "sqlite_sequence" VALUES('address_changes',1);
INSERT INTO "sqlite_sequence" VALUES('admins',1);
INSERT INTO "sqlite_sequence" VALUES('admin_sessions',1);
INSERT INTO "sqlite_sequence" VALUES('admin_passkeys',1);
INSERT INTO "sqlite_sequence" VALUES('audit_log',1);
INSERT INTO "sqlite_sequence" VALUES('api_tokens',1);
INSERT INTO "sqlite_sequence" VALUES('webhooks',1);
INSERT INTO "sqlite_sequence" VALUES('webhook_messages',1);
COMMIT;
