"""The trust library: what the registry signs, and how anyone checks it without the registry.

Start here. Everything in this package is a pure function of bytes: bytes in, a verified object out,
or an exception. There is no network, no clock, no file access (only ``python -m signing`` reads
files), and no function answers "is it valid?" with a boolean that a caller could forget to look at.

The four things you meet everywhere
-----------------------------------
**Record** (`signing.record`): one statement by one city, such as "on 2024-05-10 we fined this
enterprise". It is one line of JSON in the one spelling that RFC 8785 allows, so equal meaning is
equal bytes. A second, *restricted* JSON part may follow after a TAB; only authorised readers get
that.

**Entry** (`signing.record.entry_of`): the 64 bytes that a log keeps for a record: the SHA-256
digest of the main part, then that of the restricted part (zero bytes when there is none). Each part
carries its own random salt, so a digest tells nothing about the text, and either part can be erased
by law while every proof holds.

**Checkpoint** (`signing.checkpoint`): three lines, signed by the city: the name of its log
(*origin*), how many entries the log has, and the root of the Merkle tree (RFC 6962) over all of
them. Whoever holds a checkpoint can detect any later change to, or loss of, any entry before it.

**Receipt** (`signing.receipt`): the same checkpoint with one more signature line, a *cosignature*:
the node that stored the records says "at this time I hold all of these". With `signing.proof` a
single record can then be taken away and verified offline: record, path to the root, signed
checkpoint, cosignatures.

How they travel: a **batch** (`signing.batch`) is a new checkpoint with the records that came since
the last one; the **charter** (`signing.charter`) says whose keys count, and is itself signed by the
region's roots.

The formats are the C2SP ones (signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature,
tlog-proof, tlog-policy), so that tools written elsewhere can verify what this package makes, and it
can verify what they make.

Keys (`signing.keys`) are of a closed list of algorithms (`signing.algorithms`): Ed25519, ML-DSA-44
and, with the extra ``gm``, SM2 with SM3. A log may sign one checkpoint with several. Whatever keeps
a secret elsewhere can stand in for a key: it is a `signing.keys.Signer`.

A **voucher** (`signing.voucher`) is an answer of a node, signed, for somebody's file; a **report**
(`signing.report`) is what is recorded about one subject, each record with its proof. A **bundle**
(`signing.bundle`) is one record with all that proves it, and a **status list** (`signing.status`)
tells which records still stand. ``FORMATS.md`` beside this file has every format with an example;
``standalone.py`` verifies bundles and lists without the rest of this package. What nodes ask of
each other is signed as a request (`signing.httpsig`).

A **policy** (`signing.policy`) says which logs count and who must have cosigned; `signing.quorum`
says whether they have.

Read on: `record`, `merkle`, `note`, `checkpoint`, `batch`, `receipt`, `proof`, `charter`, `policy`,
`voucher`, `report`, `bundle`, `status`, `httpsig`, `verify`.
"""
