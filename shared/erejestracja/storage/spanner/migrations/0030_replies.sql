-- Replies of dialogues by text message, which go to the telephone that wrote, whoever's it is.

-- Until the message has ended; then nobody needs to know it any more.
ALTER TABLE Messages ADD COLUMN Number STRING(20);
