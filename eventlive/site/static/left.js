/** The page after leaving leads back to the webinar that was left. */

const left = sessionStorage.getItem("left");
if (left !== null) document.getElementById("return").setAttribute("href", left);
