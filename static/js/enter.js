// A display on a wall has nobody who could press the button.
document.getElementById('enter')?.requestSubmit();
