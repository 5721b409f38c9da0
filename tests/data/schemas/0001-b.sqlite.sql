BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
	reply TEXT, 
	CONSTRAINT pk_deliveries PRIMARY KEY (issue_id, subscriber_id), 
	CONSTRAINT fk_deliveries_issue_id FOREIGN KEY(issue_id) REFERENCES issues (id)
);
INSERT INTO "deliveries" VALUES(1,1,'sent',1,NULL,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',NULL,NULL,250,'250 ok');
INSERT INTO "deliveries" VALUES(1,2,'failed',5,NULL,'2026-11-20 06:00:00.000000','2026-11-21 06:00:00.000000',NULL,NULL,451,'gave up after 24 hours; the last reply was 451 4.7.1 later');
INSERT INTO "deliveries" VALUES(1,3,'failed',0,NULL,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,NULL,'gave up after 24 hours; it was never attempted');
INSERT INTO "deliveries" VALUES(1,4,'suppressed',0,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,'unsubscribed');
INSERT INTO "deliveries" VALUES(1,5,'skipped',1,NULL,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',NULL,NULL,NULL,'no story today on the chosen topics');
INSERT INTO "deliveries" VALUES(1,6,'suppressed',0,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL,NULL,'erased');
INSERT INTO "deliveries" VALUES(2,1,'sending',1,'w1','2026-11-21 06:00:00.000000',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(2,2,'in doubt',1,NULL,'2026-11-21 06:00:00.000000',NULL,NULL,'2026-11-21 09:00:00.000000',NULL,'the sender died before the server''s answer was recorded');
INSERT INTO "deliveries" VALUES(2,5,'deferred',1,NULL,'2026-11-21 06:00:00.000000',NULL,'2026-11-21 09:00:00.000000',NULL,451,'gave up after 24 hours; the last reply was 451 soon');
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
	finished_at DATETIME, 
	CONSTRAINT pk_issues PRIMARY KEY (id), 
	CONSTRAINT uq_issues_newsletter_date UNIQUE (newsletter, date)
);
INSERT INTO "issues" VALUES(1,'daily','2026-11-20','sent','','{"newsletter": "daily", "date": "2026-11-20", "subject": "Probe lands", "preheader": "One fact.", "topics": [{"id": "space", "title": "Space", "parent": null, "keywords": [], "colour": "#1f5fbf"}], "stories": [{"id": 1, "headline": "Probe lands", "bullets": ["One fact.", "Another."], "topic": "space", "source_count": 1, "sources": [{"name": "Elm Post", "url": null}], "collected_at": "2026-11-20T06:00:00Z", "dated": null, "dropped": null, "image": null, "topic_reason": "keyword"}], "more": []}','c1','{"nonce": "n0nce", "html": {"a": "<p>hello</p>"}, "text": {"a": "hello"}}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000','2026-11-21 09:00:00.000000');
INSERT INTO "issues" VALUES(2,'daily','2026-11-21','sending','','{"newsletter": "daily", "date": "2026-11-21", "subject": "Probe lands", "preheader": "One fact.", "topics": [{"id": "space", "title": "Space", "parent": null, "keywords": [], "colour": "#1f5fbf"}], "stories": [{"id": 2, "headline": "Probe lands", "bullets": ["One fact.", "Another."], "topic": "space", "source_count": 1, "sources": [{"name": "Elm Post", "url": null}], "collected_at": "2026-11-20T06:00:00Z", "dated": null, "dropped": null, "image": null, "topic_reason": "keyword"}], "more": []}','c2','{"nonce": "n0nce", "html": {"a": "<p>hello</p>"}, "text": {"a": "hello"}}','2026-11-21 06:00:00.000000','2026-11-21 06:00:00.000000',NULL);
INSERT INTO "issues" VALUES(3,'daily','2026-11-19','skipped','held until its day was over: story 1: a link is broken',NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL);
INSERT INTO "issues" VALUES(4,'daily','2026-11-18','skipped','nothing new',NULL,NULL,NULL,'2026-11-20 06:00:00.000000',NULL,NULL);
CREATE TABLE reports (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	raw_hash TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	content JSON NOT NULL, 
	collected_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	story_id INTEGER NOT NULL, 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_story_id FOREIGN KEY(story_id) REFERENCES stories (id), 
	CONSTRAINT uq_reports_source_key UNIQUE (source, "key")
);
INSERT INTO "reports" VALUES(1,'seeds','2026-11-20/1.txt','raw1','content1','{"source": "seeds", "key": "2026-11-20/1.txt", "headline": "Probe lands", "bullets": ["One fact."], "source_count": 1}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',1);
INSERT INTO "reports" VALUES(2,'seeds','2026-11-20/2.txt','raw2','content2','{"source": "seeds", "key": "2026-11-20/2.txt", "headline": "Probe lands", "bullets": ["One fact."], "source_count": 1}','2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000',2);
CREATE TABLE stories (
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
	CONSTRAINT pk_stories PRIMARY KEY (id)
);
INSERT INTO "stories" VALUES(1,'Probe lands','["One fact.", "Another."]','space','keyword',NULL,NULL,NULL,'[{"name": "Elm Post", "url": null}]',1,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000');
INSERT INTO "stories" VALUES(2,'Probe moves on','["One fact.", "Another."]','space','keyword',NULL,NULL,NULL,'[{"name": "Elm Post", "url": null}]',1,'2026-11-20 06:00:00.000000','2026-11-20 06:00:00.000000');
CREATE TABLE subscribers (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email TEXT NOT NULL, 
	address_hash TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_subscribers_address_hash UNIQUE (address_hash)
);
INSERT INTO "subscribers" VALUES(1,'ada@example.org','cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d','','2026-11-20 06:00:00.000000');
INSERT INTO "subscribers" VALUES(2,'bob@example.org','686b5e4cf4f963adf8f51468a48028ef8d15bd02fa335f821279a3d1678c9615','','2026-11-20 06:00:00.000000');
INSERT INTO "subscribers" VALUES(3,'cyd@example.org','7c45f5698aa779b4b58b20d15d0a62057f2f118aa0f669382fc9cc190bb107df','','2026-11-20 06:00:00.000000');
INSERT INTO "subscribers" VALUES(4,'dee@example.org','b6e81874b8017c9e41c6707ec59fb38e846916bcc98ba5f2d0f593edf10e4096','','2026-11-20 06:00:00.000000');
INSERT INTO "subscribers" VALUES(5,'eve@example.org','39f2b0c720afb91f8d1058eacd9a56f2cee2a0535cc810a46a0b531e6cdd1c08','','2026-11-20 06:00:00.000000');
CREATE TABLE subscriptions (
	newsletter TEXT NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	topics JSON NOT NULL, 
	timezone TEXT, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (newsletter, subscriber_id), 
	CONSTRAINT fk_subscriptions_subscriber_id FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
INSERT INTO "subscriptions" VALUES('daily',1,'[]',NULL,'2026-11-20 06:00:00.000000');
INSERT INTO "subscriptions" VALUES('daily',2,'[]',NULL,'2026-11-20 06:00:00.000000');
INSERT INTO "subscriptions" VALUES('daily',3,'[]',NULL,'2026-11-20 06:00:00.000000');
INSERT INTO "subscriptions" VALUES('daily',5,'[]',NULL,'2026-11-20 06:00:00.000000');
CREATE TABLE suppressions (
	address_hash TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_suppressions PRIMARY KEY (address_hash)
);
INSERT INTO "suppressions" VALUES('b6e81874b8017c9e41c6707ec59fb38e846916bcc98ba5f2d0f593edf10e4096','unsubscribed','2026-11-20 06:00:00.000000');
INSERT INTO "suppressions" VALUES('1c4753aad368a5bdcc9401fe4c29f482e69e15183cc4921da3a4d876778a8ec0','erased','2026-11-20 06:00:00.000000');
CREATE TABLE workers (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	born FLOAT NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('w1','elsewhere',1,1.0,'2026-11-20 06:00:00.000000');
CREATE INDEX ix_issues_state ON issues (state);
CREATE INDEX ix_stories_collected_at ON stories (collected_at);
CREATE INDEX ix_deliveries_issue_id_state ON deliveries (issue_id, state, subscriber_id);
CREATE INDEX ix_deliveries_subscriber_id ON deliveries (subscriber_id);
CREATE INDEX ix_issue_stories_issue_id ON issue_stories (issue_id);
CREATE INDEX ix_reports_content_hash ON reports (content_hash);
CREATE INDEX ix_reports_story_id ON reports (story_id);
CREATE INDEX ix_subscriptions_subscriber_id ON subscriptions (subscriber_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('subscribers',5);
COMMIT;
