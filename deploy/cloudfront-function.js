// CloudFront Function (viewer request): a folder's address answers its index.html, as every other origin does.
// The bucket behind knows no folders; this is all that stands between an address and its file.
function handler(event) {
    var request = event.request;
    var name = request.uri.slice(request.uri.lastIndexOf('/') + 1);
    if (name === '') {
        request.uri += 'index.html';
    } else if (name.indexOf('.') === -1) {
        // Every published file has an ending: this is a folder's name without its slash. Relative, and behind
        // "./", so that no name can be taken for another host or another scheme.
        return {
            statusCode: 308,
            statusDescription: 'Permanent Redirect',
            headers: { location: { value: './' + name + '/' } }
        };
    }
    return request;
}
