//! The rows of a backup, one after the other, as they are written and as they are read and checked.
//!
//! **Invariant:** a reader answers with [`Step::End`] only where every table of the version is there, with as many rows as were
//! written and the same, and nothing follows. It holds a row at a time.

use std::{
    fs::File,
    io::{BufReader, Read, Write},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use secrecy::SecretString;

use super::{
    frames::{Framing, Seal, Unframing},
    head::Head,
    record::{Sum, Value, decode, encode},
    schema::{Schema, Table, newest},
};

const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const TABLE_END: u8 = b'E';
const END: u8 = b'Z';

/// Writes the tables of one database.
pub(super) struct Writer<W: Write> {
    to: DeflateEncoder<Framing<W>>,
    bytes: Vec<u8>,
    table: Sum,
    all: Sum,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(to: W, seal: Seal) -> Self {
        let to = DeflateEncoder::new(Framing::new(to, seal), Compression::default());
        Self { to, bytes: Vec::new(), table: Sum::default(), all: Sum::default() }
    }

    pub(super) fn table(&mut self, table: &Table) -> anyhow::Result<()> {
        self.table = Sum::default();
        put(&mut self.to, TABLE, title(table).as_bytes())
    }

    pub(super) fn row(&mut self, row: &[Value]) -> anyhow::Result<()> {
        encode(row, &mut self.bytes);
        self.table.add(&self.bytes);
        put(&mut self.to, ROW, &self.bytes)
    }

    pub(super) fn table_end(&mut self) -> anyhow::Result<u64> {
        let sum = self.table.to_bytes();
        self.all.add(&sum);
        put(&mut self.to, TABLE_END, &sum)?;
        Ok(self.table.rows)
    }

    /// Writes the end; without it there is no backup.
    pub(super) fn end(mut self) -> anyhow::Result<W> {
        put(&mut self.to, END, &self.all.to_bytes())?;
        Ok(self.to.finish()?.end()?)
    }
}

fn put(to: &mut impl Write, what: u8, bytes: &[u8]) -> anyhow::Result<()> {
    to.write_all(&[what])?;
    to.write_all(&(bytes.len() as u64).to_be_bytes())?;
    Ok(to.write_all(bytes)?)
}

/// A table's name and those of its columns, in order.
fn title(table: &Table) -> String {
    let mut title = table.name.clone();
    for (column, _) in &table.columns {
        title.push('\n');
        title.push_str(column);
    }
    title
}

/// What comes next.
pub(super) enum Step {
    /// A table begins: its place in the schema.
    Table(usize),
    /// A row of it.
    Row(Vec<Value>),
    /// It ends with all its rows.
    TableEnd(Sum),
    /// All of it was read, and is whole.
    End,
}

/// Reads a backup, and trusts nothing of it.
pub(super) struct Reader {
    from: DeflateDecoder<Unframing<BufReader<File>>>,
    pub(super) head: Head,
    /// The tables it must have.
    pub(super) schema: Schema,
    place: usize,
    open: bool,
    table: Sum,
    all: Sum,
}

impl Reader {
    /// Opens a backup of this or an older version.
    pub(super) async fn open(path: &Path, passphrase: Option<&SecretString>) -> anyhow::Result<Self> {
        let file = File::open(path).context("could not be opened")?;
        let mut file = BufReader::new(file);
        let (head, sum) = Head::read(&mut file)?;
        ensure!(
            head.schema <= newest(),
            "it was made by Nebula {} and has tables of version {}; this Nebula ({}) knows up to {}: use the newer one",
            head.nebula,
            head.schema,
            env!("CARGO_PKG_VERSION"),
            newest()
        );
        let seal = head.seal(sum, passphrase).await?;
        let schema = Schema::of(head.schema).await?;
        ensure!(schema.version > 0 && !schema.tables.is_empty(), "it was made of no database of Nebula's");
        let from = DeflateDecoder::new(Unframing::new(file, seal));
        Ok(Self { from, head, schema, place: 0, open: false, table: Sum::default(), all: Sum::default() })
    }

    /// The next step. After [`Step::End`] there is none.
    pub(super) fn step(&mut self) -> anyhow::Result<Step> {
        let mut what = [0; 9];
        self.from.read_exact(&mut what).map_err(told)?;
        let (what, length) = (what[0], u64::from_be_bytes(what[1..].try_into()?));
        // It grows with what is really there, whatever is said.
        let mut bytes = Vec::new();
        let read = (&mut self.from).take(length).read_to_end(&mut bytes).map_err(told)?;
        ensure!(read as u64 == length, "it was cut off: its end is missing");
        match (what, self.open) {
            (TABLE, false) => {
                let table = self.schema.tables.get(self.place).context("it has more tables than it should")?;
                ensure!(bytes == title(table).as_bytes(), "it has not the table `{}` where it should", table.name);
                (self.open, self.table) = (true, Sum::default());
                Ok(Step::Table(self.place))
            }
            (ROW, true) => {
                self.table.add(&bytes);
                let row = decode(&bytes).filter(|row| row.len() == self.schema.tables[self.place].columns.len());
                Ok(Step::Row(row.with_context(|| self.wrong("a row that means nothing"))?))
            }
            (TABLE_END, true) => {
                ensure!(bytes == self.table.to_bytes(), self.wrong("other rows than were written"));
                self.all.add(&bytes);
                (self.open, self.place) = (false, self.place + 1);
                Ok(Step::TableEnd(self.table))
            }
            (END, false) => {
                ensure!(self.place == self.schema.tables.len(), "it has fewer tables than it should");
                ensure!(bytes == self.all.to_bytes(), "its tables are others than were written");
                Ok(Step::End)
            }
            _ => bail!("its parts are not in the order they are written in"),
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("its table `{}` has {what}", self.schema.tables[self.place].name)
    }

    /// Sees that nothing follows.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        ensure!(self.from.read(&mut [0]).map_err(told)? == 0, "something follows its end");
        Ok(self.from.into_inner().end()?)
    }
}

/// What our own layer says is said; what the compression says of it is that it ends too early.
fn told(error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::Other => anyhow::Error::from(error),
        _ => anyhow::Error::from(error).context("what is in it cannot be read"),
    }
}
