use super::*;
use crate::domain::action::{Afterwards, Item, Table};
use crate::domain::example::snapshot;
use crate::domain::id::ItemId;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// An audit log on a disk that is full at times.
#[derive(Clone, Default)]
struct Book {
    is_full: Arc<AtomicBool>,
    entries: Arc<Mutex<Vec<(&'static str, String)>>>,
}

impl Ledger for Book {
    fn write(&self, _: Changes, entries: &[Entry], _: Timestamp) -> Result<(), LedgerError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(LedgerError { is_full_disk: true, source: "the disk is full".into() });
        }
        let told = entries.iter().map(|entry| (entry.action, entry.result.clone()));
        self.entries.lock().unwrap().extend(told);
        Ok(())
    }
}

async fn order(orders: &mpsc::Sender<JobOrder>, wish: JobWish) -> Arc<Job> {
    let (answer, told) = oneshot::channel();
    let by = By { who: "ann".to_owned(), from: "here".to_owned() };
    let right = Right(Arc::new(|_| true));
    orders.send(JobOrder { wish, by, right, answer }).await.unwrap();
    told.await.unwrap().unwrap()
}

#[actix::test]
async fn what_could_not_be_written_into_the_audit_log_is_before_the_program_ends() {
    let book = Book::default();
    let (acting, mut asked) = mpsc::channel::<ActionOrder>(1);
    let router = RouterName::new("r1").unwrap();
    let view = RouterView {
        name: router.clone(),
        label: None,
        address: String::new(),
        snapshot: watch::channel(Arc::new(snapshot("r1", &[]))).1,
        restarts: Arc::default(),
        actions: Some(acting),
    };
    let (_routers, routers) = watch::channel(Arc::from([view]));
    let (shown, mut jobs) = watch::channel(Arc::from([]));
    let (orders, told) = mpsc::channel(8);
    let thread = Arbiter::new();
    let keeper =
        JobKeeper::begin(&thread.handle(), Box::new(book.clone()), routers, shown, told, Arc::default());
    let item = Item::named(Table::Accounts, ItemId::read(b"*1"), "ana").saying("disabled", "false").unwrap();
    let actions = vec![(router, Action::DisableAccount(item))];
    let job = order(&orders, JobWish::Prepare(actions, Pace::default())).await;
    order(&orders, JobWish::GoOn(job.id, None)).await;
    let ActionOrder { answer, .. } = asked.recv().await.unwrap();
    book.is_full.store(true, Ordering::Relaxed);
    answer.send(Outcome::Done { after: Afterwards::NotRead }).unwrap();
    jobs.wait_for(|jobs| jobs.iter().all(|job| job.phase == Phase::Over)).await.unwrap();
    assert_eq!(*book.entries.lock().unwrap(), [("job.begin", "done".to_owned())]);
    book.is_full.store(false, Ordering::Relaxed);
    keeper.send(Stop).await.unwrap();
    let deed = ("router.disable_account", "done".to_owned());
    assert_eq!(*book.entries.lock().unwrap(), [("job.begin", "done".to_owned()), deed]);
    thread.stop();
}
